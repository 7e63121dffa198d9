using TaskBot.Workspaces.Search.Indexing;
using TaskBot.Workspaces.Search.Languages;

namespace TaskBot.Workspaces.Search.Ranking;

/// <summary>The files that a file is tied to by what it imports, calls and declares, and by what tests it.</summary>
static class Neighbours
{
    /// <summary>A name that more files declare, or use, ties nothing together.</summary>
    const int MostDeclaring = 3;
    const int MostUsing = 25;
    const int MostNames = 400;

    /// <summary>Files that a file needs: those that declare names of its code, and those that it imports.</summary>
    public static Dictionary<int, double> Needed(TreeIndex index, string path, Source source)
    {
        var found = new Dictionary<int, double>();
        var own = source.Declarations.Symbols.Select(symbol => symbol.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var word in source.Words.Where(word => word.Length > 3 && !own.Contains(word)).Order(StringComparer.Ordinal).Take(MostNames))
            Add(found, index.Find(KeyKind.Declared, word, MostDeclaring), 0.5);
        foreach (var import in source.Declarations.Imports)
            Add(found, Nearest(index, path, index.Find(KeyKind.Stem, import, MostUsing)), 1.5);
        return found;
    }

    /// <summary>Files that need a file: those that import it, and those that have its names.</summary>
    public static Dictionary<int, double> Needing(TreeIndex index, string path, Source source)
    {
        var found = new Dictionary<int, double>();
        Add(found, index.Find(KeyKind.Imported, PathNames.Stem(path).ToLowerInvariant(), MostUsing), 1.5);
        foreach (var name in source.Declarations.Symbols.Select(symbol => symbol.Name).Where(name => name.Length > 3).Distinct().Take(MostNames))
        {
            if (index.Find(KeyKind.Declared, name, MostDeclaring).Count is 0)
                continue;
            Add(found, index.Find(KeyKind.Term, Terms.Whole(name), MostUsing), 0.5);
        }
        return found;
    }

    /// <summary>Tests whose names say that they are about a file.</summary>
    public static IEnumerable<int> Tests(TreeIndex index, string path) =>
        Nearest(index, path, index.Find(KeyKind.Tested, PathNames.Stem(path).ToLowerInvariant(), MostUsing));

    static void Add(Dictionary<int, double> found, List<int> documents, double weight)
    {
        foreach (var document in documents)
            found[document] = found.GetValueOrDefault(document) + (weight / documents.Count);
    }

    /// <summary>Of files of one name those that share most folders with a path.</summary>
    static List<int> Nearest(TreeIndex index, string path, List<int> documents)
    {
        if (documents.Count < 2)
            return documents;
        var shared = documents.Select(document => index.Path(document).Split('/').Zip(path.Split('/')).TakeWhile(pair => pair.First == pair.Second).Count()).ToList();
        var most = shared.Max();
        return [.. documents.Where((_, at) => shared[at] == most)];
    }
}
