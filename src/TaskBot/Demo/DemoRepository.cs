using System.Reflection;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Demo;

/// <summary>The demo's repository in a local forge: a real bug, a failing test, and the issue that tells of it.</summary>
static class DemoRepository
{
    public const string Maintainer = "ada";

    public const string IssueTitle = "Amounts with one decimal are read wrong";

    /// <summary>The shell line of the forge's CI: all tests, where the project's own <c>test</c> command runs the quick ones.</summary>
    const string Ci = "sh tests/run.sh";

    const string ResourcePrefix = "Demo/Repository/";

    const string IssueBody = """
        `printf '12.5 tea\n' | sh bin/total` prints 12.05. It should print 12.50.

        `to_cents` in `lib/money.sh` takes the 5 for five cents. The test "one decimal" in `tests/money.test.sh` shows it.
        """;

    public static RepositoryName Name { get; } = new("acme", "shop");

    /// <summary>The issue's number.</summary>
    public const int Issue = 1;

    /// <summary>Makes all of it, or what an interrupted start left to be made.</summary>
    public static async Task EnsureAsync(LocalForge forge, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!forge.Repositories().Contains(Name))
        {
            var folder = Path.Combine(forge.Root, Name.Owner, Name.Name, "repository.git");
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            await using var git = await GitRepository.CreateBareAsync(folder, cancellationToken);
            var tree = await git.WriteTreeAsync(await git.EmptyTreeAsync(cancellationToken), [.. Files()], cancellationToken);
            var author = new CommitSignature("Ada", "ada@example.com", time.GetUtcNow());
            var commit = await git.CommitAsync(new CommitDraft(tree, [], author, author, "Add up shopping lists"), cancellationToken);
            await git.Refs.CreateBranchAsync("main", commit, cancellationToken);
            await forge.AddRepositoryAsync(
                Name, "repository.git", "main", Ci, new Dictionary<string, Permission> { [Maintainer] = Permission.Admin }, cancellationToken);
        }

        if (!forge.Issues(Name).Contains(Issue))
            await forge.AddIssueAsync(Name, IssueTitle, IssueBody, "grace", ["bug"], cancellationToken);
    }

    static IEnumerable<FileChange> Files()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            var path = name[ResourcePrefix.Length..];
            yield return new FileChange(path, new FileEntry(path.StartsWith("bin/", StringComparison.Ordinal) ? FileKind.Executable : FileKind.Regular, content));
        }
    }
}
