using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Runs;

/// <summary>Whether a node runs at all, how often, and how a branch ends: conditions, handlers, what runs last, items and iterations.</summary>
sealed partial class GraphRun
{
    const int LongestValueTold = 60;

    const string Cancelled = "The run was cancelled before it ended.";

    /// <summary>Patterns of which the instances are others than those in the graph; unrolled together once nothing else is due.</summary>
    readonly Dictionary<NodeRow, Instances> unrolls = [];

    /// <summary>The run was cancelled, and only what runs last in branches that had begun still may.</summary>
    bool isCancelling;

    /// <summary>What ends the row before its inputs are looked at; null where nothing does.</summary>
    NodeEnding? Hindrance(NodeRow row)
    {
        if (isCancelling && !HasBegun(row) && !IsCleanup(row)) return new(NodeState.Cancelled, Key: null, Cancelled);
        if (RowAround(row)?.Blocked is { } blocked)
            return blocked.State == NodeState.Skipped ? blocked : new(NodeState.Skipped, Key: null, $"Skipped, because {row.Node.Path.Parent} {blocked.State.Verb}.");
        return (plan.IsLast(row.Index) ? null : FirstBadNeed(row)) ?? NothingToHandle(row) ?? Condition(row);
    }

    /// <summary>The ending from the first of its needs that did not end well; null where all did.</summary>
    NodeEnding? FirstBadNeed(NodeRow row)
    {
        foreach (var need in row.Node.Needs)
            if (RowAt(need) is { Ending.IsGood: false } bad) return new(NodeState.Skipped, Key: null, SkippedBecauseOf(bad));
        return null;
    }

    NodeEnding? NothingToHandle(NodeRow row)
    {
        var handled = plan.Handled(row.Index);
        foreach (var index in handled)
            if (rows[index].Ending!.State.IsFailure) return null;
        return handled.IsEmpty ? null : NothingToDo($"Skipped, because {rows[handled[0]].Node.Path} did not fail.");
    }

    /// <summary>What <c>when</c> makes of the row; null where it may run.</summary>
    NodeEnding? Condition(NodeRow row)
    {
        if (row.Node.Attributes.TryGetValue(ControlWords.When, out var plain) && !Holds(plain, row.Node, ControlWords.WhenIs))
            return NothingToDo($"Skipped, because its 'when' is {plain}.");
        if (!row.Node.Inputs.TryGetValue(ControlWords.When, out var sources)) return null;
        foreach (var source in sources)
        {
            var other = RowAt(source.Node);
            if (ValueOf(row.Node.Path, source) is { } value)
            {
                if (!Holds(value.Content, row.Node, ControlWords.WhenIs)) return NothingToDo($"Skipped, because {source} is {Shorten(value.Content)}.");
            }
            else if (other.Ending is { IsGood: false })
            {
                return new(NodeState.Skipped, Key: null, SkippedBecauseOf(other));
            }
            else if (other is { Node.IsBranch: false, Ending.State: NodeState.Succeeded })
            {
                var message = $"Its 'when' is connected to {source}, and {source.Node} gave no '{source.Name}'.";
                return new(NodeState.Failed, Key: null, message) { Result = NodeResult.Failure(message) };
            }
            else
            {
                return NothingToDo($"Skipped, because {source.Node} had nothing to give: {other.Ending?.Why}");
            }
        }

        return null;
    }

    static bool Holds(TaskValue value, TaskNode node, string wanted) => node.Attributes.GetValueOrDefault(wanted) switch
    {
        null => value switch
        {
            TaskValue.Truth truth => truth.Value,
            TaskValue.Integer number => number.Value != 0,
            TaskValue.Real number => number.Value is not 0,
            TaskValue.Text text => text.Value.Length > 0,
            TaskValue.List list => list.Items.Length > 0,
            TaskValue.Map map => map.Entries.Count > 0,
            _ => false,
        },
        TaskValue.List any when value is not TaskValue.List => any.Items.Contains(value),
        var one => one.Equals(value),
    };

    static NodeEnding NothingToDo(string why) => new(NodeState.Skipped, Key: null, why) { Result = new NodeResult.Skipped(why) };

    static string Shorten(TaskValue value) => value.ToJson() is { Length: > LongestValueTold } text ? $"{text.AsSpan(0, LongestValueTold)}..." : value.ToJson();

    /// <summary>True for a branch that had opened before the run was cancelled, though it may have to do so again because the graph changed.</summary>
    static bool HasBegun(NodeRow row) => row is { Node.IsBranch: true, State: not NodeState.Waiting };

    /// <summary>True for what runs last in a branch that had begun, and for all inside of it.</summary>
    bool IsCleanup(NodeRow row)
    {
        for (var at = row; at is not null; at = RowAround(at))
            if (plan.IsLast(at.Index) && RowAround(at) is { IsOpen: true, Blocked: null }) return true;
        return false;
    }

    void LookAtBranch(NodeRow row)
    {
        if (!row.IsOpen)
        {
            var blocked = Hindrance(row);
            if (blocked is null && row.Node.IsMap)
            {
                blocked = Items(row, out var items);
                if (items is not null && !items.IsSameAs(graph.InstancesOf(row.Node.Path)))
                {
                    unrolls[row] = items;
                    return;
                }
            }

            Open(row, blocked);
        }

        if (row.StillInside == 0 && !row.HasEnded && EndingOfBranch(row) is { } ending) End(row, ending);
    }

    void Open(NodeRow row, NodeEnding? blocked)
    {
        row.IsOpen = true;
        if (blocked != row.Blocked) (row.Blocked, row.BlockedIn) = (blocked, revision);
        if (blocked is null && (row.StillInside > 0 || row.Node.IsLoop) && row.State == NodeState.Waiting)
            Enter(row, NodeState.Running, key: null, cached: false, message: null);
        foreach (var child in plan.Children(row.Index)) StopWaiting(rows[child]);
        if (row.StillInside == plan.Lasts(row.Index).Length) StartLasts(row);
    }

    void StartLasts(NodeRow branch)
    {
        foreach (var last in plan.Lasts(branch.Index)) StopWaiting(rows[last]);
    }

    /// <summary>How a branch ended whose inside has; null for a loop that goes on.</summary>
    NodeEnding? EndingOfBranch(NodeRow row)
    {
        if (row.Blocked is { } blocked) return blocked;
        if (row.Node.IsLoop) return EndingOfLoop(row);
        var ending = EndingOfChildren(row);
        return ending.IsGood && !row.Node.Outputs.IsEmpty ? ending with { Outputs = OutputsOf(row) } : ending;
    }

    NodeEnding EndingOfChildren(NodeRow row)
    {
        NodeRow? worst = null;
        var (good, succeeded, cached, recovered, skipped) = (0, 0, 0, 0, 0);
        var children = plan.Children(row.Index);
        foreach (var index in children)
        {
            var child = rows[index];
            var ending = child.Ending!;
            child.IsForgiven = IsRecovered(child);
            if (child.IsForgiven) recovered++;
            else if (ending.IsGood) good++;
            else if (ending.State == NodeState.Skipped) skipped++;
            if (ending.State == NodeState.Succeeded) succeeded++;
            if (ending.Cached) cached++;
            if (!child.IsForgiven && ending.State.Severity > (worst?.Ending!.State.Severity ?? 0)) worst = child;
        }

        if (worst is not null) return new(worst.Ending!.State, Key: null, $"{worst.Node.Path} {worst.Ending.State.Verb}.");
        var isGood = good == children.Length || (recovered > 0 && good + recovered + skipped == children.Length);
        if (!isGood) return new(NodeState.Skipped, Key: null, "Something inside was skipped.");
        if (succeeded == 0) return NothingToDo(row.Node.IsMap && children.IsEmpty ? "Its list is empty." : "Nothing inside had anything to do.");
        return new(NodeState.Succeeded, Key: null, recovered > 0 ? "Everything inside ended well, or was recovered from." : "Everything inside ended well.")
        {
            Cached = cached == succeeded,
        };
    }

    /// <summary>True where the row failed and one of its handlers, beside it, made up for that.</summary>
    bool IsRecovered(NodeRow row)
    {
        if (!row.Ending!.State.IsFailure) return false;
        foreach (var handler in row.Node.OnFailure)
            if (RowAt(handler) is { Ending.State: NodeState.Succeeded } other && other.Node.IsTrue(ControlWords.Recovers)) return true;
        return false;
    }

    ImmutableSortedDictionary<string, NodeValue> OutputsOf(NodeRow row)
    {
        var outputs = NodeEnding.NoOutputs.ToBuilder();
        foreach (var (name, source) in row.Node.Outputs)
        {
            if (row.Node.IsMap) outputs[name] = Collect(row, name);
            else if (ValueOf(row.Node.Path, source) is { } value) outputs[name] = value;
        }

        return outputs.ToImmutable();
    }

    /// <summary>What the instances gave, in the order of the items; null in the place of one that gave nothing.</summary>
    NodeValue Collect(NodeRow row, string output)
    {
        var given = graph.InstancesOf(row.Node.Path).InOrder
            .Select(instance => RowAt(row.Node.Path.Child(instance.Name)).Ending!.Outputs.GetValueOrDefault(output)).ToList();
        var trust = given.Exists(value => value?.Trust == Trust.Untrusted) ? Trust.Untrusted : Trust.Trusted;
        return new(TaskValue.ListOf(given.Select(value => value?.Content ?? TaskValue.Null.Value)), trust);
    }

    /// <summary>The instances that a branch's <c>each</c> asks for now; or what ends the branch because there is no list.</summary>
    NodeEnding? Items(NodeRow row, out Instances? items)
    {
        items = null;
        var values = new List<NodeValue>();
        if (!row.Node.Inputs.TryGetValue(ControlWords.Each, out var sources))
        {
            values.Add(new(row.Node.Attributes[ControlWords.Each], TrustOf(row.Node, ControlWords.Each)));
        }
        else
        {
            foreach (var source in sources)
            {
                if (ValueOf(row.Node.Path, source) is { } value) values.Add(value);
                else if (RowAt(source.Node) is { Ending.IsGood: false } bad) return new(NodeState.Skipped, Key: null, SkippedBecauseOf(bad));
                else return NothingToDo($"Skipped, because {source.Node} gave no '{source.Name}'.");
            }

            // Several connections are a list of what they give, as for every input.
            if (values.Count > 1)
            {
                items = Instances.Of(values, out var several);
                return several is null ? null : Fail(several);
            }
        }

        if (values[0].Content is not TaskValue.List list) return Fail($"Its 'each' is no list: {Shorten(values[0].Content)}.");
        items = Instances.Of(list.Items.Select(item => new NodeValue(item, values[0].Trust)), out var mistake);
        if (mistake is null) return null;
        items = null;
        return Fail(mistake);

        static NodeEnding Fail(string message) => new(NodeState.Failed, Key: null, message) { Result = NodeResult.Failure(message) };
    }

    /// <summary>
    /// How a loop ended, from its first iteration on, so that one that is repeated with another result ends the loop where it now does;
    /// null where its iterations are not yet those that they should be.
    /// </summary>
    NodeEnding? EndingOfLoop(NodeRow row)
    {
        var path = row.Node.Path;
        var until = row.Node.Outputs[ControlWords.Until];
        var count = graph.InstancesOf(path).InOrder.Length;
        for (var number = 1; number <= count; number++)
        {
            var iteration = RowAt(path.Child(Instances.NameOf(number)));
            var source = new OutputPath(Unrolling.Below(iteration.Node.Path, path, until.Node), until.Name);
            var value = ValueOf(path, source);
            var isOver = (value is not null && Holds(value.Content, row.Node, ControlWords.UntilIs))
                || iteration.Ending!.State is not (NodeState.Succeeded or NodeState.Skipped or NodeState.Failed)
                || (!iteration.Ending.IsGood && until.Name != ControlWords.Outcome);
            iteration.IsForgiven = !isOver && value is not null && number < MostIterations(row);
            if (iteration.IsForgiven) continue;
            if (number < count) return Repeat(row, number);
            if (!iteration.Ending!.IsGood) return new(iteration.Ending.State, Key: null, $"{iteration.Node.Path} {iteration.Ending.State.Verb}: {iteration.Ending.Why}");
            if (isOver) return iteration.Ending with { Why = $"{source} was {Shorten(value!.Content)} in iteration {number}." };
            var message = value is null ? $"{source} gave nothing to end the loop by."
                : $"{source} was still {Shorten(value.Content)} after {number} iterations, and atMost says no more.";
            return new(NodeState.Failed, Key: null, message) { Result = NodeResult.Failure(message) };
        }

        return Repeat(row, count + 1);
    }

    NodeEnding? Repeat(NodeRow loop, int count)
    {
        if (isCancelling) return new(NodeState.Cancelled, Key: null, Cancelled);
        unrolls[loop] = Instances.OfLoop(count);
        return null;
    }

    static long MostIterations(NodeRow loop) => loop.Node.Attributes.GetValueOrDefault(ControlWords.AtMost) is TaskValue.Integer most ? most.Value : 1;

    /// <summary>Takes the instances into the graph that branches asked for; what does not fit fails, each branch for itself.</summary>
    void Unroll()
    {
        var asked = unrolls.ToArray();
        unrolls.Clear();
        if (graph.TryUnroll(asked, out var next, out _))
        {
            Adopt(next, [.. asked.Select(one => one.Key)]);
            return;
        }

        var fitting = new List<NodeRow>();
        foreach (var one in asked)
        {
            var pattern = one.Key;
            if (graph.TryUnroll([one], out var grown, out var why))
            {
                next = grown;
                fitting.Add(pattern);
                continue;
            }

            var failed = new NodeEnding(NodeState.Failed, Key: null, why) { Result = NodeResult.Failure(why) };
            if (!pattern.IsOpen) Open(pattern, failed);
            if (pattern.StillInside == 0) End(pattern, failed);
        }

        if (fitting.Count > 0) Adopt(next!, [.. fitting]);
    }

    /// <summary>
    /// Lets what runs last in branches that had begun do so, for a limited time, after all else was cancelled. Everything passes through the
    /// same loop as ever.
    /// </summary>
    async Task CleanUpAsync()
    {
        isCancelling = true;
        sought.Clear();
        unrolls.Clear();

        // Only what is ready is still under way: nothing runs, and the cancellation may have come in the middle of a look-up.
        foreach (var (key, same) in underWay)
            if (same[0].State != NodeState.Ready) underWay.Remove(key);
        foreach (var row in rows)
            if (!row.HasEnded && row.WaitingFor == 0) due.Enqueue(row);
        using var enough = new CancellationTokenSource(options.CleanupTime, time);
        try
        {
            await LoopAsync(enough.Token);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            await DrainAsync();
        }
    }
}
