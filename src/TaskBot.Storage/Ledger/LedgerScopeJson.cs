using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Models.Ledger;
using TaskBot.Models.Recordings;

namespace TaskBot.Storage.Ledger;

/// <summary>The accounts of a scope as JSON: <c>[{"level", "key", "cap_usd"}]</c>.</summary>
static class LedgerScopeJson
{
    public static string Write(LedgerScope scope) => JsonSerializer.Serialize(
        [.. scope.Accounts.Select(account => new LedgerAccount(account.Level, account.Key, account.CapUsd))],
        LedgerJsonContext.Default.LedgerAccountArray);

    /// <exception cref="JsonException">It is something else.</exception>
    public static LedgerScope Read(string json) => new(
    [
        .. JsonSerializer.Deserialize(json, LedgerJsonContext.Default.LedgerAccountArray)!
            .Select(account => new BudgetAccount(account.Level, account.Key, account.CapUsd)),
    ]);
}

sealed record LedgerAccount(BudgetLevel Level, string Key, decimal? CapUsd);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LedgerAccount[]))]
[JsonSerializable(typeof(RecordedError))]
sealed partial class LedgerJsonContext : JsonSerializerContext;
