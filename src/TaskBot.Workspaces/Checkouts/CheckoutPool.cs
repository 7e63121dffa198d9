using System.Diagnostics;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Checkouts;

/// <summary>
/// A bounded number of checkouts of one repository, each used by one command at a time and then moved to the next one's tree by the
/// difference. Safe for concurrent use. The folders go with the pool.
/// </summary>
public sealed class CheckoutPool : IDisposable
{
    readonly GitRepository repository;
    readonly SemaphoreSlim places;
    readonly List<Checkout> free = [];
    readonly Lock gate = new();
    readonly DirectoryInfo root;

    /// <param name="folder">Where the checkouts are made; null: the system's temporary folder.</param>
    /// <param name="capacity">Checkouts in use at once; who comes later waits.</param>
    public CheckoutPool(GitRepository repository, int capacity, string? folder = null)
    {
        this.repository = repository;
        places = new SemaphoreSlim(capacity);
        root = folder is null
            ? Directory.CreateTempSubdirectory("taskbot-checkouts-")
            : Directory.CreateDirectory(Path.Combine(folder, $"checkouts-{Guid.NewGuid():N}"));
    }

    /// <summary>A checkout that holds this tree and nothing else; one that held it last is preferred.</summary>
    /// <param name="keepIgnored">Leaves ignored files of earlier commands in the folder, to start a build from.</param>
    public Task<Checkout> RentAsync(TreeId tree, bool keepIgnored, CancellationToken cancellationToken) =>
        RentAsync(tree, keepIgnored, sparse: null, cancellationToken);

    /// <summary>A checkout that holds these folders of the tree and nothing else; a snapshot of it is of the whole tree.</summary>
    /// <param name="keepIgnored">Leaves ignored files of earlier commands in the folder, to start a build from.</param>
    /// <param name="sparse">The only folders to be there, from the root, with the files beside and above them; null: all.</param>
    /// <exception cref="ArgumentException">One of them is no such path (<see cref="IsFolder"/>).</exception>
    public async Task<Checkout> RentAsync(TreeId tree, bool keepIgnored, IReadOnlyList<string>? sparse, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        Checkout? checkout = null;
        try
        {
            checkout = Take(tree);
            if (checkout is not null && await MovedAsync(checkout, tree, keepIgnored, sparse, cancellationToken))
                return checkout;
            checkout = new Checkout(this, repository, root.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName);
            await checkout.MoveToAsync(tree, keepIgnored: false, sparse, cancellationToken);
            return checkout;
        }
        catch
        {
            places.Release();
            throw;
        }
    }

    /// <summary>Whether a checkout can be asked for this folder alone: a path from the root, of plain names, without wildcards.</summary>
    public static bool IsFolder(string path) => SparseFolders.IsFolder(path);

    public void Dispose()
    {
        places.Dispose();
        Remove(root.FullName);
    }

    internal void Return(Checkout checkout)
    {
        lock (gate)
            free.Add(checkout);
        places.Release();
    }

    Checkout? Take(TreeId tree)
    {
        lock (gate)
        {
            var found = free.FindLast(checkout => checkout.Tree == tree) ?? free.LastOrDefault();
            if (found is not null)
                free.Remove(found);
            return found;
        }
    }

    /// <summary>A folder that a command left in a state that git cannot clean is given up for a fresh one.</summary>
    static async Task<bool> MovedAsync(Checkout checkout, TreeId tree, bool keepIgnored, IReadOnlyList<string>? sparse, CancellationToken cancellationToken)
    {
        try
        {
            await checkout.MoveToAsync(tree, keepIgnored, sparse, cancellationToken);
            return true;
        }
        catch (GitException e) when (e.Problem == GitProblem.CommandFailed)
        {
            Remove(Path.GetDirectoryName(checkout.Folder)!);
            return false;
        }
    }

    /// <summary>Deletes what is there, if anything is, also in folders that a command made unwritable or under names that are not UTF-8.</summary>
    internal static void Remove(string path)
    {
        if (!Directory.Exists(path) || new DirectoryInfo(path).LinkTarget is not null)
        {
            File.Delete(path);
            return;
        }
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (!OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
        {
            // .NET passes names as UTF-8 only; the system's own tools do not mind.
            Run("chmod", "-R", "u+rwX", path);
            Run("rm", "-rf", "--", path);
            if (Directory.Exists(path))
                throw;
        }
    }

    static void Run(string program, params string[] arguments)
    {
        var file = ProgramFile.Find(program, "/usr/bin:/bin", "/") ?? throw new FileNotFoundException($"There is no program '{program}'.");
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { UseShellExecute = false })!;
        process.WaitForExit();
    }
}
