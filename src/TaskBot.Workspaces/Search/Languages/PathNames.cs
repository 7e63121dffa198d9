namespace TaskBot.Workspaces.Search.Languages;

/// <summary>What a path says of its file: its name, its stem, whether it is a test and of what, and whether people write it.</summary>
static class PathNames
{
    static readonly HashSet<string> TestFolders = new(StringComparer.OrdinalIgnoreCase) { "test", "tests", "spec", "specs", "__tests__", "testing", "e2e", "androidtest" };
    static readonly string[] TestEndings = ["Tests", "Test", "Spec", ".test", ".spec", "_test", "_spec", "-test", "-spec", "TestCase"];
    static readonly HashSet<string> FoldersOfOthers = new(StringComparer.OrdinalIgnoreCase) { "node_modules", "vendor", "third_party", "bower_components", ".venv", "site-packages" };

    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Where the file stands; empty for the root.</summary>
    public static string Folder(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    /// <summary>The name without its extension; of a file that stands for its folder (index, __init__, mod) the folder's.</summary>
    public static string Stem(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        return stem is "index" or "__init__" or "mod" && path.LastIndexOf('/') is > 0 and var end ? Name(path[..end]) : stem;
    }

    public static bool IsTest(string path) => path.Split('/')[..^1].Any(IsTestFolder) || TestSubject(path) != Stem(path);

    static bool IsTestFolder(string part) => TestFolders.Contains(part) || part.EndsWith(".Tests", StringComparison.Ordinal) || part.EndsWith("Tests", StringComparison.Ordinal);

    /// <summary>The stem of what a test is about: <c>FooTests</c>, <c>test_foo</c>, <c>foo.test</c> and <c>foo_spec</c> are about foo.</summary>
    public static string TestSubject(string path)
    {
        var stem = Stem(path);
        foreach (var ending in TestEndings)
            if (stem.Length > ending.Length && stem.EndsWith(ending, StringComparison.Ordinal))
                return stem[..^ending.Length];
        return stem.StartsWith("test_", StringComparison.Ordinal) || stem.StartsWith("test-", StringComparison.Ordinal) ? stem[5..] : stem;
    }

    /// <summary>Code of others that stands in the tree: known by its path only.</summary>
    public static bool IsOfOthers(string path) => path.Split('/').Any(FoldersOfOthers.Contains);

    /// <summary>What a change is rarely about counts less: 1 for source code, little less for tests, which change with it, near 0 for what programs write.</summary>
    public static double Prior(string path)
    {
        var name = Name(path).ToLowerInvariant();
        if (name.EndsWith(".lock", StringComparison.Ordinal) || name.Contains("lock.", StringComparison.Ordinal) || name.Contains(".min.", StringComparison.Ordinal)
            || name.EndsWith(".map", StringComparison.Ordinal) || name.EndsWith(".snap", StringComparison.Ordinal) || IsOfOthers(path)
            || path.Split('/')[..^1].Any(part => part is "dist" or "build" or "out" or "generated" or "bin" or "obj"))
            return 0.1;
        if (name.StartsWith("changelog", StringComparison.Ordinal) || name.StartsWith("history.", StringComparison.Ordinal) || name.StartsWith("license", StringComparison.Ordinal))
            return 0.1;
        return Language.Of(path) is { IsProse: true } ? 0.3
            : Language.Of(path) is { Declares.Count: 0, IsCSharp: false } ? 0.8
            : IsTest(path) ? 0.8 : 1;
    }
}
