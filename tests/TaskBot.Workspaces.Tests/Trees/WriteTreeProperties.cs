using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Tests.Trees;

/// <summary>Deriving a tree without a checkout gives what <c>git add --all</c> gives on a checkout with the same files.</summary>
public sealed class WriteTreeProperties : IDisposable
{
    static readonly CancellationToken None = CancellationToken.None;
    static readonly string[] Names = ["a", "b", "a.txt", "a-b", "A", "ö", "x y", "é.md"];

    readonly ScratchRepository scratch = new();

    public void Dispose() => scratch.Dispose();

    /// <summary>Files by path in a set of folders with colliding prefixes; no path is a folder of another.</summary>
    static Gen<Dictionary<string, FileEntry>> Files =>
        from paths in Gen.ArrayOf(
            from depth in Gen.Choose(1, 4)
            from parts in Gen.ArrayOf(Gen.Elements(Names), depth)
            select string.Join('/', parts))
        from entries in Gen.ArrayOf(
            from kind in Gen.Elements(FileKind.Regular, FileKind.Regular, FileKind.Executable, FileKind.SymbolicLink)
            from content in Gen.Elements("", "one\n", "two\r\n", "three", "ünï\n")
            select new FileEntry(kind, Encoding.UTF8.GetBytes(kind == FileKind.SymbolicLink ? "to/" + content.Trim() : content)), paths.Length)
        select Consistent(paths.Zip(entries));

    static Dictionary<string, FileEntry> Consistent(IEnumerable<(string Path, FileEntry Entry)> files)
    {
        var kept = new Dictionary<string, FileEntry>(StringComparer.Ordinal);
        foreach (var (path, entry) in files)
            if (!kept.Keys.Any(other => other.StartsWith(path + "/", StringComparison.Ordinal) || path.StartsWith(other + "/", StringComparison.Ordinal)))
                kept[path] = entry;
        return kept;
    }

    [Fact]
    public async Task A_derived_tree_equals_git_add_of_the_same_files()
    {
        await using var repository = await GitRepository.OpenAsync(scratch.Folder, None);
        Prop.ForAll(Arb.From(Gen.Two(Files)), pair => Holds(repository, pair.Item1, pair.Item2)).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    // FsCheck's properties are synchronous.
    bool Holds(GitRepository repository, Dictionary<string, FileEntry> before, Dictionary<string, FileEntry> after) =>
        HoldsAsync(repository, before, after).GetAwaiter().GetResult();

    async Task<bool> HoldsAsync(GitRepository repository, Dictionary<string, FileEntry> before, Dictionary<string, FileEntry> after)
    {
        var empty = await repository.EmptyTreeAsync(None);
        var start = await repository.WriteTreeAsync(empty, [.. before.Select(file => new FileChange(file.Key, file.Value))], None);
        start.Value.ShouldBe(Added(before));
        FileChange[] changes =
        [
            .. before.Keys.Except(after.Keys).Select(path => new FileChange(path, null)),
            .. after.Select(file => new FileChange(file.Key, file.Value)),
        ];
        var derived = await repository.WriteTreeAsync(start, changes, None);
        derived.Value.ShouldBe(Added(after));
        (await repository.Tree(derived).ListAsync(None)).ShouldBe(after.Keys.Order(StringComparer.Ordinal));
        return true;
    }

    /// <summary>The tree that git itself makes of a folder with these files.</summary>
    string Added(Dictionary<string, FileEntry> files)
    {
        foreach (var item in Directory.GetFileSystemEntries(scratch.Folder).Where(item => Path.GetFileName(item) != ".git"))
        {
            if (Directory.Exists(item) && new DirectoryInfo(item).LinkTarget is null)
                Directory.Delete(item, recursive: true);
            else
                File.Delete(item);
        }
        foreach (var (path, entry) in files)
        {
            var file = Path.Combine(scratch.Folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            if (entry.Kind == FileKind.SymbolicLink)
                File.CreateSymbolicLink(file, Encoding.UTF8.GetString(entry.Content.Span));
            else
                File.WriteAllBytes(file, entry.Content.ToArray());
            if (entry.Kind == FileKind.Executable && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        }
        scratch.Git("-c", "core.autocrlf=false", "add", "-A");
        return scratch.Git("write-tree");
    }
}
