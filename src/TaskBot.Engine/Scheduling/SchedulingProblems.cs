using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Scheduling;

/// <summary>Finds what nodes say about when and how they are run that cannot be met, before anything runs.</summary>
public static class SchedulingProblems
{
    const int MostPriority = 1000;

    static readonly ImmutableArray<string> OfLeaves =
    [
        "resources", "priority", "deadlineMinutes", "speculative", "idleTimeoutMinutes", "startTimeoutMinutes", "retryOn", "retryDelaySeconds", "retryBackoff",
    ];

    static readonly ImmutableArray<string> Times = ["idleTimeoutMinutes", "startTimeoutMinutes", "deadlineMinutes", "retryDelaySeconds"];

    /// <summary>What a graph, whole or not, says that cannot be met with these resources.</summary>
    /// <param name="schemaOf">The schema of a node type by its name; null for one that is not known, of whose nodes nothing is said.</param>
    public static ImmutableArray<Problem> Find(TaskGraph graph, Func<string, NodeTypeSchema?> schemaOf, ResourcePool pool)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        foreach (var node in graph.Nodes.Values) GraphPlan.CheckAttributes(node, problems);
        Find(graph, schemaOf, pool, problems);
        return problems.ToImmutable();
    }

    /// <summary>The same but for what a plan finds.</summary>
    internal static ImmutableArray<Problem> Find(TaskGraph graph, IReadOnlyDictionary<string, INodeType> types, ResourcePool pool)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        Find(graph, type => types.GetValueOrDefault(type)?.Schema, pool, problems);
        return problems.ToImmutable();
    }

    static void Find(TaskGraph graph, Func<string, NodeTypeSchema?> schemaOf, ResourcePool pool, ImmutableArray<Problem>.Builder problems)
    {
        foreach (var node in graph.Nodes.Values)
        {
            if (node.IsBranch) FindInBranch(node, problems);
            else if (schemaOf(node.Type) is { } schema) FindInLeaf(node, schema, pool, problems);
        }
    }

    static void FindInBranch(TaskNode node, ImmutableArray<Problem>.Builder problems)
    {
        if (node.Attributes.IsEmpty) return;
        foreach (var attribute in OfLeaves)
        {
            if (node.Attributes.ContainsKey(attribute))
                problems.Add(new("bad-value", node.Location, $"{node.Path} has '{attribute}', and is a task made of smaller ones.", $"Write '{attribute}' on the nodes inside, or on a class that they extend."));
        }
    }

    static void FindInLeaf(TaskNode node, NodeTypeSchema schema, ResourcePool pool, ImmutableArray<Problem>.Builder problems)
    {
        foreach (var time in Times)
        {
            if (node.Number(time) is { } number && number is not (>= 0 and <= TaskNodeExtensions.LongestTimeLimitInMinutes) | (number == 0 && time != "retryDelaySeconds"))
                problems.Add(new("bad-value", node.Location, $"The {time} of {node.Path} is {number}.", $"Write a number above 0 and at most {TaskNodeExtensions.LongestTimeLimitInMinutes}."));
        }

        if (node.Priority is < -MostPriority or > MostPriority)
            problems.Add(new("bad-value", node.Location, $"The priority of {node.Path} is {node.Priority}.", $"Write a whole number from -{MostPriority} to {MostPriority}."));
        if (node.Attributes.GetValueOrDefault("retryOn") is TaskValue.List words)
        {
            foreach (var word in words.Items.Where(word => !RetryPolicy.IsKnown(word)))
                problems.Add(new("bad-value", node.Location, $"The retryOn of {node.Path} names '{word}'.", "Write transient, timeout, any, or exit:N with an exit code."));
        }

        FindInDemand(node, schema, pool, problems);
    }

    static void FindInDemand(TaskNode node, NodeTypeSchema schema, ResourcePool pool, ImmutableArray<Problem>.Builder problems)
    {
        if (node.Attributes.GetValueOrDefault("resources") is TaskValue.Map written)
        {
            foreach (var (name, value) in written.Entries)
                if (Demand.ReadAmount(value) is null) problems.Add(new("bad-value", node.Location, $"The resources of {node.Path} ask for '{value}' of {name}.", "Write a number from 0, or bytes such as 512MB."));
        }

        foreach (var (name, amount) in Demand.Of(node, schema).Amounts)
        {
            if (pool.CapacityOf(name) is not { } capacity)
            {
                problems.Add(new(
                    "unknown-resource", node.Location, $"{node.Path} needs {name}, and there is none of it here.",
                    $"There are: {string.Join(", ", pool.Names.Append($"{Demand.LockPrefix}NAME").Order(StringComparer.Ordinal))}. Name a capacity of '{name}', or do not ask for it."));
            }
            else if (amount > capacity)
            {
                problems.Add(new(
                    "impossible-demand", node.Location, $"{node.Path} needs {Demand.Write(name, amount)} of {name}, and there is never more than {Demand.Write(name, capacity)}.",
                    $"Ask for at most {Demand.Write(name, capacity)}."));
            }
        }
    }
}
