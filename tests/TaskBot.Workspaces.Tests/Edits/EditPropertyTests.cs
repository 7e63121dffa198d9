using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Workspaces.Edits;

namespace TaskBot.Workspaces.Tests.Edits;

/// <summary>
/// A random file, a random edit of it, written down in each format with random harmless damage: the result is exactly the edit, or a
/// refusal, and never anything else. FsCheck prints the seed of a failing case.
/// </summary>
public sealed class EditPropertyTests
{
    [Fact]
    public void An_edit_gives_exactly_its_result_or_is_refused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var edit = new RandomEdit(new Random(seed));
            foreach (var (reply, format) in edit.Replies())
            {
                var result = new MemoryTree(("src/a.txt", edit.Before), ("src/b.txt", edit.Before)).PlanAsync(reply, format).GetAwaiter().GetResult();
                if (!result.Applied) continue;
                var change = result.Changes.ShouldHaveSingleItem();
                change.Path.ShouldBe("src/a.txt");
                MemoryTree.Text(change.After!.Content).ShouldBe(edit.After, $"seed {seed}, {format}:\n{reply}");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_500).WithEndSize(1_000_000));

    [Fact]
    public void An_undamaged_edit_of_a_file_without_equal_lines_always_applies() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var edit = new RandomEdit(new Random(seed), isPlain: true);
            foreach (var (reply, format) in edit.Replies())
            {
                var result = new MemoryTree(("src/a.txt", edit.Before)).PlanAsync(reply, format).GetAwaiter().GetResult();
                result.Applied.ShouldBeTrue($"seed {seed}, {format}:\n{reply}\n{result}");
                MemoryTree.Text(result.Changes.ShouldHaveSingleItem().After!.Content).ShouldBe(edit.After);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(1_000_000));

    /// <summary>A file of few different lines, so that equal and nearly equal places are common, and one or two edits of it.</summary>
    private sealed class RandomEdit
    {
        private static readonly string[] Words = ["alpha()", "beta()", "if x:", "end", "# note", "return 1", "}", "+ plus", "- minus", "@ at"];

        private readonly Random _random;
        private readonly bool _isPlain;
        private readonly List<string> _before = [];
        private readonly List<(int Start, int Count, List<string> New)> _edits = [];

        public RandomEdit(Random random, bool isPlain = false)
        {
            _random = random;
            _isPlain = isPlain;
            var count = random.Next(4, 40);
            for (var i = 0; i < count; i++) _before.Add(Line(i));
            var end = isPlain || random.Next(2) == 0 ? "\n" : "\r\n";
            var hasFinal = isPlain || random.Next(4) > 0;
            var mark = !isPlain && random.Next(6) == 0 ? "\uFEFF" : "";

            var start = random.Next(0, count - 2);
            _edits.Add(Edit(start, random.Next(1, 3), 1_000));
            var second = start + 9;
            if (second < count - 2 && random.Next(2) == 0) _edits.Add(Edit(second, random.Next(0, 2) + 1, 2_000));

            var after = new List<string>();
            for (var i = 0; i < count;)
            {
                var at = _edits.FindIndex(edit => edit.Start == i);
                if (at < 0)
                {
                    after.Add(_before[i++]);
                    continue;
                }
                after.AddRange(_edits[at].New);
                i += _edits[at].Count;
            }
            Before = mark + string.Join(end, _before) + (hasFinal ? end : "");
            After = mark + string.Join(end, after) + (hasFinal ? end : "");
        }

        public string Before { get; }

        public string After { get; }

        public IEnumerable<(string Reply, EditFormat Format)> Replies()
        {
            var context = _random.Next(_isPlain ? 3 : 0, 4);
            foreach (var (reply, format) in new[]
            {
                (SearchReplace(context), EditFormat.SearchReplace),
                (Diff(context), EditFormat.UnifiedDiff),
                (Patch(context), EditFormat.ApplyPatch),
                (Json(context), EditFormat.Json),
            })
            {
                var damaged = _isPlain || _random.Next(3) > 0 ? reply : reply.Replace("\n", "\r\n", StringComparison.Ordinal);
                yield return (damaged, format);
                yield return (damaged, EditFormat.Auto);
            }
        }

        private string Line(int i)
        {
            if (_isPlain) return $"{new string(' ', 2 * _random.Next(3))}line {i} {Words[_random.Next(Words.Length)]}";
            if (_random.Next(6) == 0) return "";
            var text = new string(' ', 2 * _random.Next(3)) + Words[_random.Next(Words.Length)];
            return text + (_random.Next(3) == 0 ? $" {_random.Next(8)}" : "") + (_random.Next(8) == 0 ? "  " : "");
        }

        /// <summary>New lines have a mark of their own and no blanks at their ends: what "right" means then does not depend on a tier.</summary>
        private (int, int, List<string>) Edit(int start, int count, int mark) =>
            (start, count, [.. Enumerable.Range(0, _random.Next(0, 4)).Select(i => $"{new string(' ', 2 * _random.Next(3))}new {mark + i}").DefaultIfEmpty($"new {mark}")]);

        private (List<string> Lead, List<string> Old, List<string> New, List<string> Trail, int First) Parts((int Start, int Count, List<string> New) edit, int context)
        {
            var first = Math.Max(0, edit.Start - context);
            var afterEdit = edit.Start + edit.Count;
            return (_before[first..edit.Start], _before[edit.Start..afterEdit], edit.New, _before[afterEdit..Math.Min(_before.Count, afterEdit + context)], first + 1);
        }

        /// <summary>Blanks at line ends go, where that does not turn the text into one that stands elsewhere.</summary>
        private List<string> Strip(List<string> lines) => _isPlain || _random.Next(2) == 0 ? lines : [.. lines.Select(line => line.TrimEnd())];

        private bool IsElsewhere(IReadOnlyList<string> run, int start)
        {
            for (var i = 0; i + run.Count <= _before.Count; i++)
            {
                if (i != start && run.Select((line, j) => line.TrimEnd() == _before[i + j].TrimEnd()).All(same => same)) return true;
            }
            return false;
        }

        private string SearchReplace(int context)
        {
            var text = new StringBuilder("I change this.\n\n");
            foreach (var edit in _edits)
            {
                var (lead, old, added, trail, first) = Parts(edit, context);
                List<string> search = [.. lead, .. old, .. trail];
                List<string> replace = [.. lead, .. added, .. trail];
                if (!IsElsewhere(search, first - 1))
                {
                    var isStripped = !_isPlain && _random.Next(2) == 0;
                    if (isStripped) (search, replace) = ([.. search.Select(line => line.TrimEnd())], [.. replace.Select(line => line.TrimEnd())]);
                    var deeper = new string(' ', _isPlain ? 0 : 2 * _random.Next(3));
                    List<string> moved = [.. search.Select(line => line.Length == 0 ? line : deeper + line)];
                    if (!IsElsewhere(moved, -1)) (search, replace) = (moved, [.. replace.Select(line => line.Length == 0 ? line : deeper + line)]);
                }
                text.Append("src/a.txt\n```\n<<<<<<< SEARCH\n").AppendJoin('\n', search).Append("\n=======\n").AppendJoin('\n', replace).Append("\n>>>>>>> REPLACE\n```\n\n");
            }
            return text.ToString();
        }

        private string Hunk((int Start, int Count, List<string> New) edit, int context, bool hasNumbers)
        {
            var (lead, old, added, trail, first) = Parts(edit, context);
            if (!IsElsewhere([.. lead, .. old, .. trail], first - 1)) (lead, old, trail) = (Strip(lead), Strip(old), Strip(trail));
            // A wrong number is harmless only where the text does not stand at that line as well; so it is far outside.
            var number = _isPlain || _random.Next(2) == 0 ? first : 5_000;
            var isLost = !_isPlain && _random.Next(2) == 0;
            string Context(string line) => isLost && line.Length == 0 ? "" : " " + line;
            var text = new StringBuilder(hasNumbers ? $"@@ -{number},{_random.Next(9)} +{number},{_random.Next(9)} @@\n" : "@@\n");
            foreach (var line in lead) text.Append(Context(line)).Append('\n');
            foreach (var line in old) text.Append('-').Append(line).Append('\n');
            foreach (var line in added) text.Append('+').Append(line).Append('\n');
            foreach (var line in trail) text.Append(Context(line)).Append('\n');
            return text.ToString();
        }

        private string Diff(int context)
        {
            var edits = _random.Next(2) == 0 ? _edits : [.. _edits.AsEnumerable().Reverse()];
            var body = string.Concat(edits.Select(edit => Hunk(edit, context, hasNumbers: _random.Next(2) == 0)));
            var names = _random.Next(3) switch { 0 => "--- src/a.txt\n+++ src/a.txt\n", 1 => "--- a/src/a.txt\n+++ b/src/a.txt\n", _ => "diff --git a/src/a.txt b/src/a.txt\n--- a/src/a.txt\n+++ b/src/a.txt\n" };
            return $"Here it is:\n\n````diff\n{names}{body}````\n\nDone.\n";
        }

        private string Patch(int context) =>
            $"*** Begin Patch\n*** Update File: src/a.txt\n{string.Concat(_edits.Select(edit => Hunk(edit, context, hasNumbers: false)))}*** End Patch\n";

        private string Json(int context) => "```json\n" + System.Text.Json.JsonSerializer.Serialize(_edits.Select(edit =>
        {
            var (lead, old, added, trail, _) = Parts(edit, context);
            return new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["path"] = "src/a.txt",
                ["search"] = string.Join('\n', (List<string>)[.. lead, .. old, .. trail]) + "\n",
                ["replace"] = string.Join('\n', (List<string>)[.. lead, .. added, .. trail]) + "\n",
            };
        })) + "\n```\n";
    }
}
