using System.Collections.Immutable;
using TaskBot.Workspaces.Edits.Formats;

namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>
/// Applies the hunks of one file. Every hunk is looked for in the file as it was; only a hunk that is not there, and that has a line which
/// an earlier hunk wrote, is looked for in the file as edited so far. A hunk is placed where its old text stands once; where it stands
/// more often, only an exact line number, an anchor, or as many identical hunks as there are places can tell, and nearness never does.
/// </summary>
internal sealed class FileRewriter(TextFile file, string path)
{
    /// <summary>How often the file is indexed anew for hunks that build upon earlier ones.</summary>
    private const int MaxStages = 32;

    /// <summary>How many refused hunks get a search for the nearest place, which costs up to the file's length each.</summary>
    private const int MaxNearest = 12;

    private const int ShownPlaces = 20;
    private const int ShownChoices = 3;
    private const int ShownChoiceLines = 20;

    /// <summary>Lines on one side of a place beyond which it is not told apart for the model.</summary>
    private const int WidestChoice = 6;

    private Document _document = new(file.Lines);
    private readonly Typography _typography = new(file.Lines, path);
    private bool _endsWithNewline = file.EndsWithNewline;
    private int _stages;
    private int _nearest;
    private bool _refusedAny;
    private int _repeated;
    private readonly HashSet<IndentationDelta> _deltas = [];
    private readonly List<int> _unmoved = [];

    /// <summary>The file's lines with all hunks that were placed.</summary>
    public IReadOnlyList<TextLine> Lines => _document.HasEdits ? _document.Edited() : _document.Lines;

    public bool EndsWithNewline => _endsWithNewline;

    /// <summary>Places all hunks and gives one report for each, in their order.</summary>
    public EditReport[] Apply(ImmutableArray<Hunk> hunks)
    {
        var reports = new EditReport[hunks.Length];
        var alike = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < hunks.Length; i++)
        {
            var key = Key(hunks[i]);
            if (!alike.TryGetValue(key, out var group)) alike[key] = group = [];
            group.Add(i);
        }
        _repeated = alike.Values.Count(group => group.Count > 1);
        for (var i = 0; i < hunks.Length; i++)
        {
            if (reports[i] is not null) continue;
            var group = alike[Key(hunks[i])].FindAll(other => reports[other] is null);
            if (Elision.In(hunks[i], path) is { } elision)
            {
                Refuse(reports, [i], hunks, RefusalReason.Elided,
                    $"The new text has '{elision}', which stands for lines that it leaves out. Write those lines out.");
            }
            else if (_typography.ForeignIn(hunks[i]) is { } foreign)
            {
                Refuse(reports, [i], hunks, RefusalReason.Escaped,
                    $"The new line '{foreign}' has typographic quotes, or an indentation of other blanks than the file's (tabs, spaces). Write it with those of the file.");
            }
            else
            {
                Place(hunks, group, i, reports);
            }
        }
        RefuseUnmoved(hunks, reports);
        return reports;
    }

    private static string Key(Hunk hunk) =>
        string.Concat(hunk.Lines.Select(line => line.Role switch { LineRole.Added => "+", LineRole.Removed => "-", _ => " " } + line.Raw + "\n")) + string.Join('\n', hunk.Anchors);

    private void Place(ImmutableArray<Hunk> hunks, List<int> group, int index, EditReport[] reports)
    {
        var hunk = hunks[index];
        if (hunk.Lines.All(line => !line.IsOld || line.IsBlank))
        {
            Refuse(reports, [index], hunks, RefusalReason.NothingToFind,
                "The block has no old line to find its place by. Add the lines around the place, unchanged.");
            return;
        }
        if (Find(hunk) is not var (reading, places, isContested))
        {
            RefuseNotFound(hunks, index, reports);
            return;
        }
        if (isContested)
        {
            Refuse(reports, [index], hunks, RefusalReason.Ambiguous,
                "The old text is not in the file as written, and differs from several places of it in blanks. Copy it from the file.", places);
            return;
        }
        if (AnchoredPlaces(hunk, reading, places) is not { } anchored)
        {
            Refuse(reports, [index], hunks, RefusalReason.NotFound, $"The line after '@@' is not in the file before the block: '{hunk.Anchors[^1]}'.");
            return;
        }
        if (reading.Tier == MatchTier.EdgeBlankLines && reading.Lines.All(line => line.Role == LineRole.Context))
        {
            // Whatever the block was to change was lost with a line that it skips, or with its empty ones.
            Refuse(reports, [index], hunks, RefusalReason.NotFound,
                "The old text is not in the file as written, and without its empty first line the block changes nothing. Copy the old text from the file.", places);
            return;
        }
        if (hunk is { ChangesNothing: true, LostChange: true })
        {
            Refuse(reports, [index], hunks, RefusalReason.NoChange,
                "The header of the hunk promises a change of the number of lines, and no line of it has '+' or '-'. Write the hunk with its signs.", places);
            return;
        }
        if (hunk.ChangesNothing)
        {
            reports[index] = Placed(hunk, reading, places[0], "changes nothing here");
            return;
        }
        if (anchored.Count == 1)
        {
            // One place and several identical blocks: the second would edit what the first wrote.
            Accept(hunks, group[0], reading, anchored[0], reports);
            RefuseRepeated(reports, [.. group.Skip(1)], hunks, anchored);
            return;
        }
        if (group.Count == places.Count && CanRepeat(hunk) && !AreOnePlace(hunks, group))
        {
            for (var i = 0; i < group.Count; i++) Accept(hunks, group[i], reading, places[i], reports);
            return;
        }
        var named = hunk.OldStart is { } start
            ? anchored.FindAll(place => _document.Lines[place].Origin == start + reading.SkippedOldLines)
            : [];
        if (named.Count == 1)
        {
            Accept(hunks, index, reading, named[0], reports);
            RefuseRepeated(reports, group.FindAll(other => other != index && hunks[other].OldStart == hunk.OldStart), hunks, named);
            return;
        }
        Refuse(reports, [index], hunks, RefusalReason.Ambiguous,
            $"The old text stands at {anchored.Count} places (lines {Places(anchored)}). Add lines before or after it until only one is left.", anchored);
    }

    private void RefuseRepeated(EditReport[] reports, List<int> repeated, ImmutableArray<Hunk> hunks, List<int> place)
    {
        if (repeated.Count == 0) return;
        Refuse(reports, repeated, hunks, RefusalReason.Conflict, "The same block stands above in the reply, for the same place of the file. Write it once.", place);
    }

    /// <summary>
    /// Whether k identical blocks can stand for k identical places. Not where the new text holds the old one: carried out one after the
    /// other, each block would find the first place again. Not where several blocks are repeated: that is also how an answer given twice looks.
    /// </summary>
    private bool CanRepeat(Hunk hunk)
    {
        if (_repeated > 1) return false;
        string[] before = [.. hunk.Lines.Where(line => line.IsOld).Select(line => line.Text)];
        var after = hunk.Lines.Where(line => line.Role != LineRole.Removed).Select(line => new TextLine(line.Text, "", 0));
        return new LineIndex([.. after], LineForm.WithoutTrailingBlanks).Find(before).Count == 0;
    }

    /// <summary>Whether the line numbers of identical blocks are the same: then they mean one place, twice.</summary>
    private static bool AreOnePlace(ImmutableArray<Hunk> hunks, List<int> group) =>
        hunks[group[0]].OldStart is { } start && group.TrueForAll(index => hunks[index].OldStart == start);

    /// <summary>The strictest reading under which the hunk's old text is in the file, and all of its places.</summary>
    private (Reading Reading, List<int> Places, bool IsContested)? Find(Hunk hunk)
    {
        var staged = false;
        var lax = new List<(Reading Reading, List<int> Places)>();
        foreach (var reading in Reading.Of(hunk))
        {
            var places = PlacesOf(hunk, reading);
            if (places.Count == 0 && !staged && !_refusedAny && _stages < MaxStages && _document.WroteAnyOf(reading.OldLines))
            {
                // Before any laxer reading: a block that quotes an earlier block's new text exactly means that text.
                staged = true;
                _stages++;
                _document = new Document(_document.Edited());
                places = PlacesOf(hunk, reading);
            }
            if (places.Count == 0) continue;
            if (reading.Tier is MatchTier.Exact or MatchTier.TrailingBlanks) return (reading, places, IsMeantElsewhere(hunk, reading, places));
            lax.Add((reading, places));
        }
        if (lax.Count == 0) return null;
        // Uneven indentation may be a diff's lost column, which a later reading knows; alone it is what the refusal speaks of.
        var best = Math.Max(0, lax.FindIndex(found => found.Reading.Form != LineForm.WithoutIndentation
            || found.Places.Exists(place => DeltaAt(hunk, found.Reading, place) is not null)));
        var starts = lax[best].Places.ConvertAll(place => place - lax[best].Reading.SkippedOldLines);
        // Two lax readings that lead to different places contradict each other, though each of them has only one.
        var isContested = lax.Exists(found => found.Places.Exists(place => !starts.Contains(place - found.Reading.SkippedOldLines)));
        return (lax[best].Reading, lax[best].Places, isContested);
    }

    /// <summary>
    /// Whether the hunk's own line number names another place, at which the same lines stand with another, even, indentation: the number
    /// and the blanks then contradict each other.
    /// </summary>
    private bool IsMeantElsewhere(Hunk hunk, Reading reading, List<int> places) =>
        hunk.OldStart is { } start
        && !places.Exists(place => _document.Lines[place].Origin == start + reading.SkippedOldLines)
        && Reading.Of(hunk).FirstOrDefault(other => other.Form == LineForm.WithoutIndentation) is { } indented
        && PlacesOf(hunk, indented).Exists(place => _document.Lines[place].Origin == start && DeltaAt(hunk, indented, place) is not null);

    /// <summary>
    /// The even delta at this place, or null. In a diff, one space more on every line is no delta but the lost column of context lines:
    /// there the new lines must not move.
    /// </summary>
    private IndentationDelta? DeltaAt(Hunk hunk, Reading reading, int place) =>
        IndentationDelta.Between(reading.OldLines, _document.Lines, place) is { } delta && !(hunk.HasColumn && delta is { Blanks: " ", IsDeeper: true })
            ? delta
            : null;

    private List<int> PlacesOf(Hunk hunk, Reading reading)
    {
        if (reading.OldLines.All(string.IsNullOrWhiteSpace)) return [];
        var places = _document.Index(reading.Form).Find(reading.OldLines);
        if (hunk.AtEndOfFile) places.RemoveAll(place => place + reading.OldLines.Count != _document.Lines.Count);
        if (places.Count > 1 && _stages > 0)
        {
            // The reply was written with the file in view as it was: its own new lines are no second place for a text that was there.
            var untouched = places.FindAll(place => Enumerable.Range(place, reading.OldLines.Count).All(line => _document.Lines[line].Origin > 0));
            if (untouched.Count > 0) return untouched;
        }
        return places;
    }

    /// <summary>The places after the hunk's anchors; null where an anchor is not in the file, or only after every place.</summary>
    private List<int>? AnchoredPlaces(Hunk hunk, Reading reading, List<int> places)
    {
        if (hunk.Anchors.IsEmpty) return places;
        var index = _document.Index(LineForm.WithoutIndentation);
        var after = -1;
        foreach (var anchor in hunk.Anchors)
        {
            var found = index.PlacesOf(anchor).ToArray().Where(place => place > after).ToArray();
            if (found.Length == 0) return null;
            after = found[0];
        }
        // The anchor may be repeated as the hunk's first line.
        var following = places.FindAll(place => place >= after && place + reading.OldLines.Count > after);
        if (following.Count == 0) return null;
        var end = EndOfScope(after);
        var inside = following.FindAll(place => place < end);
        return inside.Count > 0 ? inside : following;
    }

    /// <summary>
    /// Where the class or function that a line opens ends: at the next line with a word that is no deeper. An anchor names what its block
    /// belongs to, so that the same lines in what follows are no second place.
    /// </summary>
    private int EndOfScope(int opening)
    {
        var depth = IndentationDelta.Depth(_document.Lines[opening].Text);
        for (var i = opening + 1; i < _document.Lines.Count; i++)
        {
            var line = _document.Lines[i].Text;
            if (line.Any(char.IsLetterOrDigit) && IndentationDelta.Depth(line) <= depth) return i;
        }
        return _document.Lines.Count;
    }

    private void Accept(ImmutableArray<Hunk> hunks, int index, Reading reading, int place, EditReport[] reports)
    {
        var hunk = hunks[index];
        var lines = reading.Lines;
        if (!_document.IsIntact(place, reading.OldLines.Count))
        {
            Refuse(reports, [index], hunks, RefusalReason.Conflict,
                "Another block of the reply changes the same lines. Write both changes as one block.", [place]);
            return;
        }
        if (reading.Form == LineForm.WithoutIndentation)
        {
            if (DeltaAt(hunk, reading, place) is { } delta && IsShiftedAsBlock(lines, delta) && delta.Move(lines) is { } moved)
            {
                _deltas.Add(delta);
                lines = moved;
            }
            else
            {
                Refuse(reports, [index], hunks, RefusalReason.UnevenIndentation,
                    "The old text differs from the file in its indentation, and not by the same on every line. Copy the lines with their indentation.",
                    [place]);
                return;
            }
        }
        else
        {
            _unmoved.Add(index);
        }
        if (reading.SkippedOldLines > 0 && (RepeatsLinesAbove(lines, place) || SkipsLineAbove(lines, place)))
        {
            Refuse(reports, [index], hunks, RefusalReason.NotFound,
                "The old text is not in the file as written: between its empty first line and the next one the file has other lines. Copy it from the file.",
                [place]);
            return;
        }
        if (RepeatsNeighbours(lines, place, reading.OldLines.Count) is { } repeated)
        {
            Refuse(reports, [index], hunks, RefusalReason.Ambiguous,
                $"The new text adds '{repeated}' right beside the same line of the file, which the old text does not quote. Quote it there, or leave it out of the new text.",
                [place]);
            return;
        }
        Carry(hunk, lines, place);
        reports[index] = Placed(hunk, reading, place, reading.Tier switch
        {
            MatchTier.Exact => "found exactly",
            MatchTier.TrailingBlanks => "found, blanks at line ends aside",
            MatchTier.EdgeBlankLines => "found without the empty lines around it",
            MatchTier.Indentation => "found with all lines indented differently by the same",
            MatchTier.ContextColumn => "found, context lines lacking their column",
            _ => "found, signs being two columns wide",
        });
    }

    /// <summary>
    /// Whether the new text starts with what stands right above the place: then the old text did not have an empty line too many, but
    /// skipped lines after it, and leaving the empty line out would write those lines twice.
    /// </summary>
    private bool RepeatsLinesAbove(ImmutableArray<HunkLine> lines, int place)
    {
        var added = lines.TakeWhile(line => line.Role != LineRole.Context).Where(line => line.Role == LineRole.Added && !line.IsBlank).Select(line => line.Text.Trim()).ToHashSet(StringComparer.Ordinal);
        return added.Count > 0 && _document.Lines.Take(place).Reverse().SkipWhile(line => string.IsNullOrWhiteSpace(line.Text)).Take(added.Count)
            .Any(line => added.Contains(line.Text.Trim()));
    }

    /// <summary>
    /// Whether only one line stands between an empty one and the place of a block that starts with a change: then the block's empty first
    /// line may be that one, and the line between was skipped, which the change would have removed.
    /// </summary>
    private bool SkipsLineAbove(ImmutableArray<HunkLine> lines, int place) =>
        place >= 2 && lines.FirstOrDefault(line => !line.IsBlank).Role != LineRole.Context && string.IsNullOrWhiteSpace(_document.Lines[place - 2].Text);

    /// <summary>
    /// A line with which the new text starts or ends, other than the old one, and that already stands right beyond it: the old text was
    /// quoted without its first or last line, and the line would be there twice. Null where there is none. Signs alone count with their
    /// indentation, as brackets close one after the other.
    /// </summary>
    private string? RepeatsNeighbours(ImmutableArray<HunkLine> lines, int place, int count)
    {
        if (NewAtEdge(lines) is { } first && place > 0 && IsSame(first, place - 1)) return first.Trim();
        return NewAtEdge([.. lines.Reverse()]) is { } last && place + count < _document.Lines.Count && IsSame(last, place + count) ? last.Trim() : null;

        static string? NewAtEdge(IReadOnlyList<HunkLine> inwards)
        {
            // Empty lines of context do not end the edge: which of several a new text has kept is a guess.
            HunkLine[] edge = [.. inwards.TakeWhile(line => line.Role != LineRole.Context || line.IsBlank)];
            if (edge is [] or [{ Role: LineRole.Context }, ..]) return null;
            if (Array.Exists(edge, line => line.Role == LineRole.Added)) return Array.Find(edge, line => line.Role != LineRole.Removed).Text;
            // Lines only go here, and the first one that stays moves up to the neighbour.
            return edge.All(line => line.Role == LineRole.Removed) && edge.Length < inwards.Count ? inwards[edge.Length].Text : null;
        }

        bool IsSame(string line, int index) => line.Any(char.IsLetterOrDigit)
            ? line.AsSpan().Trim().SequenceEqual(_document.Lines[index].Text.AsSpan().Trim())
            : line.AsSpan().TrimEnd().SequenceEqual(_document.Lines[index].Text.AsSpan().TrimEnd());
    }

    /// <summary>
    /// A block that was found as written, though with the indentation by which another block of this file is off it stands elsewhere: it is
    /// likelier that all blocks are off by the same.
    /// </summary>
    private void RefuseUnmoved(ImmutableArray<Hunk> hunks, EditReport[] reports)
    {
        if (_deltas.Count == 0 || _stages > 0) return;
        foreach (var index in _unmoved)
        {
            if (reports[index].Status != EditStatus.Applied || Reading.Of(hunks[index]).FirstOrDefault(other => other.Form == LineForm.WithoutIndentation) is not { } indented) continue;
            var places = PlacesOf(hunks[index], indented).FindAll(place => DeltaAt(hunks[index], indented, place) is { } delta && _deltas.Contains(delta));
            if (places.Count == 0) continue;
            Refuse(reports, [index], hunks, RefusalReason.Ambiguous,
                "The old text is in the file as written, and also with the indentation by which another block of the reply differs from it. Copy each with its indentation.", places);
        }
    }

    /// <summary>
    /// Whether it shows that the whole block is shifted, and not one old line only, beside which new lines must not move: by several old
    /// lines, or by a first new line as deep as the one old line, or one that follows it where the block lost indentation and closes
    /// what the old line stands in. A block that adds nothing has nothing to move.
    /// </summary>
    private static bool IsShiftedAsBlock(ImmutableArray<HunkLine> lines, IndentationDelta delta)
    {
        HunkLine[] old = [.. lines.Where(line => line.IsOld && !line.IsBlank)];
        if (old.Length > 1 || lines.All(line => line.IsOld || line.IsBlank)) return true;
        var first = lines.First(line => !line.IsOld && !line.IsBlank).Text;
        var (depth, newDepth) = (IndentationDelta.Depth(old[0].Text), IndentationDelta.Depth(first));
        return newDepth == depth || (delta.IsDeeper && newDepth < depth && lines[0] is { Role: LineRole.Context, IsBlank: false } && first.TrimStart() is ['}' or ')' or ']', ..]);
    }

    private void Carry(Hunk hunk, ImmutableArray<HunkLine> lines, int place)
    {
        var (position, hadOld) = (place, false);
        LinkedListNode<TextLine>? cursor = null;
        foreach (var line in lines)
        {
            if (line.Role == LineRole.Added)
            {
                // A new line takes the end of the line before it in the block, else of the one after it: mixed files keep their mix.
                var neighbour = hadOld ? position - 1 : position;
                var end = neighbour < _document.Lines.Count ? _document.Lines[neighbour].End : "";
                if (end.Length == 0) end = file.LineEnd;
                cursor = _document.Insert(position, new TextLine(line.Text, end, 0), cursor, beforeOthers: hadOld);
                continue;
            }
            if (line.Role == LineRole.Removed) _document.Remove(position);
            position++;
            hadOld = true;
            cursor = null;
        }
        // The file's own final newline stays, unless the diff says of its last line that only one side has it.
        if (position == _document.Lines.Count && hunk.OldLacksFinalNewline != hunk.NewLacksFinalNewline) _endsWithNewline = hunk.OldLacksFinalNewline;
    }

    private EditReport Placed(Hunk hunk, Reading reading, int place, string message) => new()
    {
        Block = hunk.Block,
        ReplyLine = hunk.ReplyLine,
        Status = EditStatus.Applied,
        Path = path,
        Line = Number(place),
        Tier = reading.Tier,
        Message = message,
    };

    private void RefuseNotFound(ImmutableArray<Hunk> hunks, int index, EditReport[] reports)
    {
        var hunk = hunks[index];
        string[] old = [.. hunk.Lines.Where(line => line.IsOld).Select(line => line.Text)];
        string[] added = [.. hunk.Lines.Where(line => line.Role != LineRole.Removed).Select(line => line.Text)];
        var isThere = !hunk.ChangesNothing && _document.Index(LineForm.WithoutTrailingBlanks).Find(added).Count > 0;
        Refuse(reports, [index], hunks, RefusalReason.NotFound, isThere
            ? "The old text is not in the file, and the new text is: the change was made before. Leave the block out."
            : "The old text is not in the file. Copy it from the file, whole lines, nothing left out.");
        if (_nearest++ < MaxNearest) reports[index] = reports[index] with { Nearest = NearestSearch.Find(_document, old) };
    }

    private void Refuse(
        EditReport[] reports, List<int> indexes, ImmutableArray<Hunk> hunks, RefusalReason reason, string message, List<int>? places = null)
    {
        _refusedAny = true;
        foreach (var index in indexes)
        {
            var nearest = places is [var place] && _nearest++ < MaxNearest
                ? NearestSearch.At(_document, [.. hunks[index].Lines.Where(line => line.IsOld).Select(line => line.Text)], place)
                : null;
            reports[index] = ParsedReply.Problem(hunks[index].Block, hunks[index].ReplyLine, reason, message, path) with
            {
                Line = places is [var only] ? Number(only) : null,
                Places = places is { Count: > 1 } ? [.. places.Take(ShownPlaces).Select(Number)] : [],
                Nearest = nearest,
                Choices = places is { Count: > 1 } ? Choices(places, hunks[index].Lines.Count(line => line.IsOld)) : [],
            };
        }
    }

    /// <summary>The first places, each with the fewest lines above it, or else below, with which it stands once.</summary>
    private ImmutableArray<PlaceText> Choices(List<int> places, int count)
    {
        var index = _document.Index(LineForm.Exact);
        var choices = ImmutableArray.CreateBuilder<PlaceText>();
        foreach (var place in places.Take(ShownChoices))
        {
            for (var more = 1; more <= 2 * WidestChoice; more++)
            {
                var start = Math.Max(0, place - Math.Min(more, WidestChoice));
                var end = Math.Min(_document.Lines.Count, place + count + Math.Max(0, more - WidestChoice));
                string[] run = [.. Enumerable.Range(start, end - start).Select(line => _document.Lines[line].Text)];
                if (index.Find(run).Count != 1) continue;
                choices.Add(new PlaceText(Number(start), [.. run.Take(ShownChoiceLines)]));
                break;
            }
        }
        return choices.ToImmutable();
    }

    private string Places(List<int> places) =>
        string.Join(", ", places.Take(ShownPlaces).Select(Number)) + (places.Count > ShownPlaces ? ", ..." : "");

    private int Number(int index) => _document.Lines[index].Origin > 0 ? _document.Lines[index].Origin : index + 1;
}
