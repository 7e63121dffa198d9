using TaskBot.Bot.Tasks;
using TaskBot.Graphs;
using TaskBot.Graphs.Writing;

namespace TaskBot.Bot.Reports;

/// <summary>A graph as people read it in the tracking comment.</summary>
/// <param name="Told">What each step is told, as <see cref="PlanEdit"/> reads it again; empty where nothing of it can be changed.</param>
/// <param name="Drawn">The steps and what each waits for, as a Mermaid flowchart.</param>
public sealed record PlanText(string Told, string Drawn)
{
    public static PlanText? Of(TaskGraph? graph) => graph is null ? null : new(PlanEdit.Write(graph), GraphWriter.Write(graph, GraphFormat.Mermaid));
}
