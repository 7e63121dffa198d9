using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Models.Embeddings;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Search;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Finds code with the profile <c>embed</c> where there is one: it ranks the best files again by what they mean. Where it fails or the budget has nothing for it, the search does
/// without.
/// </summary>
static class MeaningfulSearch
{
    public const string Profile = "embed";

    /// <summary>What ranks by meaning, for a key; null where nothing does.</summary>
    public static string? Describe(RunScope scope) => scope.Models.HasProfile(Profile) && scope.Models.Describe(Profile) is { Length: > 0 } models ? models : null;

    public static async Task<IReadOnlyList<SearchHit>> FindAsync(this RunScope scope, NodeRun run, CodeQuestion question, CancellationToken cancellationToken)
    {
        if (Describe(scope) is null) return await scope.Search.FindAsync(question, cancellationToken);
        try
        {
            var account = scope.Ledger.Enter(BudgetLevel.Node, $"{run.RunId}{run.Node.Path}", scope.Project.Budget.NodeUsd);
            return await scope.Search.FindAsync(question with { Embedder = new ChatEmbedder(scope.Models.GetClient(Profile, account)) }, cancellationToken);
        }
        catch (Exception exception) when (exception is ModelException or OverBudgetException)
        {
            run.Report($"Ranked by words alone: {exception.Message}");
            return await scope.Search.FindAsync(question, cancellationToken);
        }
    }
}
