using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using TaskBot.Models.Capabilities;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Profiles;

namespace TaskBot.Models.Discovery;

/// <summary>How one tiny request to a model went.</summary>
/// <param name="Route">The model, and where it was asked.</param>
/// <param name="Problem">Why it did not answer, and what to do; null where it did.</param>
/// <param name="CostUsd">What the request cost, in US dollars; the most that it can have cost where that is not known.</param>
/// <param name="Took">How long it took.</param>
public sealed record ProbedModel(ModelRoute Route, string? Problem, decimal CostUsd, TimeSpan Took);

/// <summary>
/// Asks each model that the profiles name, and that can be asked, for one word. Every request is reserved in the ledger first, and all of them together cost less than
/// <see cref="MostUsd"/>.
/// </summary>
public sealed class ModelProbe(ModelRouter router, ILedgerStore store, TimeProvider time)
{
    /// <summary>In US dollars.</summary>
    public const decimal MostUsd = 0.02m;

    /// <summary>Enough for a word, and for models that think first to show that they do.</summary>
    private const int MostOutputTokens = 64;

    private static readonly BudgetAccount Account = new(BudgetLevel.Node, "doctor", MostUsd);

    /// <summary>The models of all profiles that answer in text and are usable, each once, one after the other.</summary>
    public async Task<ImmutableArray<ProbedModel>> AskAllAsync(CancellationToken cancellationToken)
    {
        var probed = ImmutableArray.CreateBuilder<ProbedModel>();
        var routes = router.Profiles.SelectMany(profile => router.Resolve(profile)).Where(route => route.IsUsable && route.Capabilities.Output is null or OutputKind.Text);
        foreach (var route in routes.DistinctBy(route => (route.Model, route.Provider)))
            probed.Add(await AskAsync(route, cancellationToken));
        return probed.DrainToImmutable();
    }

    private async Task<ProbedModel> AskAsync(ModelRoute route, CancellationToken cancellationToken)
    {
        var before = await store.GetBalanceAsync(Account, cancellationToken);
        var start = time.GetTimestamp();
        string? problem = null;
        try
        {
            var client = router.GetClient($"{route.Model}@{route.Provider}", new LedgerScope([Account]));
            await client.GetResponseAsync("Answer with the word ok.", new ChatOptions { MaxOutputTokens = MostOutputTokens }, cancellationToken);
        }
        catch (ModelException e) when (e.Kind is ModelErrorKind.Empty or ModelErrorKind.Refused)
        {
            // It was reached, took the key and worked: thinking used all of the few tokens.
        }
        catch (ModelException e)
        {
            problem = $"{e.Detail}{Advice(e, route)}";
        }
        catch (OverBudgetException e)
        {
            problem = $"not asked, as the request might cost more than is allowed for looking: {e.Message}";
        }

        var after = await store.GetBalanceAsync(Account, cancellationToken);
        return new ProbedModel(route, problem, after.SpentUsd - before.SpentUsd, time.GetElapsedTime(start));
    }

    private static string Advice(ModelException e, ModelRoute route) => e.Kind switch
    {
        ModelErrorKind.Unauthorized when route.KeyVariable == "GITHUB_TOKEN" => ". In a job, write 'permissions: models: read'; a token of your own needs the permission 'models'",
        ModelErrorKind.Unauthorized => $". Look at {route.KeyVariable}",
        ModelErrorKind.RateLimited => ". Its quota is used up, or the account has no credit",
        ModelErrorKind.BadRequest => ". Choose another model with Models:Profiles or --model",
        ModelErrorKind.Unreachable => ". Is the server started, and may this machine reach it?",
        _ => "",
    };
}
