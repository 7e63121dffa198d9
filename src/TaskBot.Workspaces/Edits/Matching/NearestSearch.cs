using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>Finds the place in a file that is most like a run of lines that is not in it.</summary>
internal static class NearestSearch
{
    /// <summary>Places of one line beyond which the line tells nothing about where the run might be.</summary>
    private const int CommonLine = 64;

    private const int ShownDifferences = 6;

    private const int ShownLines = 40;

    private const int ComparedCharacters = 200;

    public static NearestPlace? Find(Document document, IReadOnlyList<string> run)
    {
        if (document.Lines.Count == 0 || run.Count == 0) return null;
        return At(document, run, Math.Clamp(BestStart(document, run), 0, document.Lines.Count - 1));
    }

    /// <summary>How the run differs from the lines at this place.</summary>
    public static NearestPlace At(Document document, IReadOnlyList<string> run, int start)
    {
        var count = Math.Min(run.Count, document.Lines.Count - start);

        var alike = 0.0;
        var weights = 0.0;
        var differences = ImmutableArray.CreateBuilder<LineDifference>();
        for (var i = 0; i < run.Count; i++)
        {
            var file = i < count ? document.Lines[start + i].Text : null;
            var weight = string.IsNullOrWhiteSpace(run[i]) ? 0.1 : 1.0;
            weights += weight;
            if (file == run[i])
            {
                alike += weight;
                continue;
            }
            alike += weight * (file is null ? 0 : Similarity(run[i], file));
            if (differences.Count < ShownDifferences) differences.Add(new LineDifference(file is null ? null : Number(document, start + i), run[i], file));
        }
        var text = Enumerable.Range(start, Math.Min(count, ShownLines)).Select(index => document.Lines[index].Text);
        return new NearestPlace(Number(document, start), Math.Round(alike / weights, 3), differences.ToImmutable(), [.. text]);
    }

    /// <summary>Alike from 0 to 1: shared pairs of characters (Dice), over at most the first characters of both.</summary>
    public static double Similarity(string first, string second)
    {
        var a = first.AsSpan().Trim();
        var b = second.AsSpan().Trim();
        if (a.Length > ComparedCharacters) a = a[..ComparedCharacters];
        if (b.Length > ComparedCharacters) b = b[..ComparedCharacters];
        if (a.SequenceEqual(b)) return 0.99;
        if (a.Length < 2 || b.Length < 2) return 0;
        var pairs = new Dictionary<(char, char), int>();
        for (var i = 0; i + 1 < a.Length; i++) CollectionsMarshal.GetValueRefOrAddDefault(pairs, (a[i], a[i + 1]), out _)++;
        var shared = 0;
        for (var i = 0; i + 1 < b.Length; i++)
        {
            ref var left = ref CollectionsMarshal.GetValueRefOrNullRef(pairs, (b[i], b[i + 1]));
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref left) || left == 0) continue;
            left--;
            shared++;
        }
        return 2.0 * shared / (a.Length + b.Length - 2);
    }

    /// <summary>Each line that is neither common nor blank votes for where the run would start; without votes the longest line looks for its like.</summary>
    private static int BestStart(Document document, IReadOnlyList<string> run)
    {
        var index = document.Index(LineForm.WithoutIndentation);
        var votes = new Dictionary<int, int>();
        for (var i = 0; i < run.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(run[i])) continue;
            var places = index.PlacesOf(run[i]);
            if (places.Length > CommonLine) continue;
            foreach (var place in places) CollectionsMarshal.GetValueRefOrAddDefault(votes, place - i, out _)++;
        }
        if (votes.Count > 0) return votes.MaxBy(vote => (vote.Value, -vote.Key)).Key;

        var longest = 0;
        for (var i = 1; i < run.Count; i++)
        {
            if (run[i].Trim().Length > run[longest].Trim().Length) longest = i;
        }
        var (best, bestSimilarity) = (longest, 0.0);
        for (var i = 0; i < document.Lines.Count; i++)
        {
            var similarity = Similarity(run[longest], document.Lines[i].Text);
            if (similarity > bestSimilarity) (best, bestSimilarity) = (i, similarity);
        }
        return best - longest;
    }

    private static int Number(Document document, int index) => document.Lines[index].Origin > 0 ? document.Lines[index].Origin : index + 1;
}
