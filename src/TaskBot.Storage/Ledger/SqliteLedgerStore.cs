using System.Runtime.CompilerServices;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Ledger;

/// <summary>The ledger in SQLite: balances, open reservations and settled calls, in whole billionths of a dollar, and their answers.</summary>
public sealed partial class SqliteLedgerStore(SqliteDatabase database) : ILedgerStore
{
    const int PageLength = 1000;

    public async ValueTask<BudgetRefusal?> TryReserveAsync(Reservation reservation, CancellationToken cancellationToken)
    {
        var amount = Money.ToNano(reservation.AmountUsd);
        var row = new ReservationRow
        {
            Id = Id(reservation.Id),
            Accounts = LedgerScopeJson.Write(reservation.Scope),
            AmountNano = amount,
            MadeAt = reservation.At.ToUnixTimeMilliseconds(),
        };
        return await database.WriteAsync(
            connection =>
            {
                foreach (var account in reservation.Scope.Accounts)
                {
                    var balance = Balance(connection, account);
                    if (balance.SpentUsd + balance.ReservedUsd + reservation.AmountUsd > account.CapUsd)
                        return new BudgetRefusal(account, balance.SpentUsd, balance.ReservedUsd, reservation.AmountUsd);
                }

                connection.Execute(Sql.Reserve, row);
                foreach (var account in reservation.Scope.Accounts) connection.Execute(Sql.Change, new Change(account.Id, SpentNano: 0, ReservedNano: amount));
                return null;
            },
            cancellationToken);
    }

    public async ValueTask SettleAsync(ModelCall call, CancellationToken cancellationToken)
    {
        var row = CallRow.Of(call);
        var answer = call.Answer is { } recording ? RecordingRow.Of(recording) : null;
        await database.WriteAsync(
            connection =>
            {
                if (connection.Execute(Sql.AddCall, row) == 0) return false;
                var seq = connection.ExecuteScalar<long>(Sql.LastCall);
                var reservation = connection.QuerySingleOrDefault<ReservationRow>(Sql.TakeReservation, new Identity(row.Id))
                    ?? throw new InvalidOperationException($"The call {call.Id} was never reserved.");
                foreach (var account in LedgerScopeJson.Read(reservation.Accounts).Accounts)
                    connection.Execute(Sql.Change, new Change(account.Id, row.CostNano, -reservation.AmountNano));
                foreach (var account in call.Scope.Accounts) connection.Execute(Sql.Charge, new Charge(account.Id, seq));
                if (answer is not null) Add(connection, answer);
                return true;
            },
            cancellationToken);
    }

    public async ValueTask ReleaseAsync(Guid reservation, CancellationToken cancellationToken) => await database.WriteAsync(
        connection =>
        {
            if (connection.QuerySingleOrDefault<ReservationRow>(Sql.TakeReservation, new Identity(Id(reservation))) is not { } held) return false;
            foreach (var account in LedgerScopeJson.Read(held.Accounts).Accounts) connection.Execute(Sql.Change, new Change(account.Id, SpentNano: 0, -held.AmountNano));
            return true;
        },
        cancellationToken);

    public async ValueTask<BudgetBalance> GetBalanceAsync(BudgetAccount account, CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => Balance(connection, account), cancellationToken);

    public async IAsyncEnumerable<ModelCall> ReadCallsAsync(BudgetAccount account, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Page by page, so that a slow reader holds no connection.
        var page = new Page(account.Id, After: 0, PageLength);
        while (true)
        {
            var rows = await database.ReadAsync(connection => connection.Query<CallRow>(Sql.ReadCalls, page).AsList(), cancellationToken);
            foreach (var row in rows) yield return Read(row);
            if (rows.Count < PageLength) yield break;
            page = page with { After = rows[^1].Seq };
        }
    }

    static BudgetBalance Balance(SqliteConnection connection, BudgetAccount account) =>
        connection.QuerySingleOrDefault<BalanceRow>(Sql.Balance, new Identity(account.Id)) is { } row
            ? new BudgetBalance(Money.FromNano(row.SpentNano), Money.FromNano(row.ReservedNano))
            : default;

    ModelCall Read(CallRow row)
    {
        try
        {
            return row.ToCall();
        }
        catch (Exception exception) when (exception is JsonException or FormatException or ArgumentException)
        {
            throw new DatabaseException(DatabaseFailure.Corrupt, database.Path, $"has a damaged record of the model call {row.Id}.", exception);
        }
    }

    static string Id(Guid id) => id.ToString("n");

    static class Money
    {
        const decimal NanoPerDollar = 1_000_000_000;

        /// <summary>Amounts have at most nine decimals; one with more would count for more, never for less.</summary>
        public static long ToNano(decimal dollars) => decimal.ToInt64(decimal.Ceiling(dollars * NanoPerDollar));

        public static decimal FromNano(long nano) => nano / NanoPerDollar;
    }

    sealed record Identity(string Id);

    sealed record Change(string Id, long SpentNano, long ReservedNano);

    sealed record Charge(string Account, long Call);

    sealed record Page(string Account, long After, int Length);

    sealed record BalanceRow
    {
        public long SpentNano { get; init; }

        public long ReservedNano { get; init; }
    }

    sealed record ReservationRow
    {
        public string Id { get; init; } = "";

        public string Accounts { get; init; } = "";

        public long AmountNano { get; init; }

        public long MadeAt { get; init; }
    }

    sealed record CallRow
    {
        public long Seq { get; init; }

        public string Id { get; init; } = "";

        public string Accounts { get; init; } = "";

        public string Model { get; init; } = "";

        public string Provider { get; init; } = "";

        public string? Prompt { get; init; }

        public string Outcome { get; init; } = "";

        public string? Error { get; init; }

        public long InputTokens { get; init; }

        public long CachedInputTokens { get; init; }

        public long OutputTokens { get; init; }

        public long ReasoningTokens { get; init; }

        public long CostNano { get; init; }

        public bool IsEstimated { get; init; }

        public long StartedAt { get; init; }

        public long DurationMicroseconds { get; init; }

        public static CallRow Of(ModelCall call) => new()
        {
            Id = SqliteLedgerStore.Id(call.Id),
            Accounts = LedgerScopeJson.Write(call.Scope),
            Model = call.Model,
            Provider = call.Provider,
            Prompt = call.Prompt,
            Outcome = call.Outcome.ToString(),
            Error = call.Error?.ToString(),
            InputTokens = call.InputTokens,
            CachedInputTokens = call.CachedInputTokens,
            OutputTokens = call.OutputTokens,
            ReasoningTokens = call.ReasoningTokens,
            CostNano = Money.ToNano(call.CostUsd),
            IsEstimated = call.Estimated,
            StartedAt = call.StartedAt.ToUnixTimeMilliseconds(),
            DurationMicroseconds = (long)call.Duration.TotalMicroseconds,
        };

        public ModelCall ToCall() => new(
            Guid.ParseExact(Id, "n"), LedgerScopeJson.Read(Accounts), Model, Provider, Prompt, Enum.Parse<ModelCallOutcome>(Outcome),
            Error is null ? null : Enum.Parse<ModelErrorKind>(Error), InputTokens, CachedInputTokens, OutputTokens, ReasoningTokens,
            Money.FromNano(CostNano), IsEstimated, DateTimeOffset.FromUnixTimeMilliseconds(StartedAt),
            TimeSpan.FromMicroseconds(DurationMicroseconds));
    }

    static partial class Sql
    {
        public const string Balance = "SELECT spent_nano AS SpentNano, reserved_nano AS ReservedNano FROM account WHERE id = @Id";

        public const string Change = """
            INSERT INTO account (id, spent_nano, reserved_nano) VALUES (@Id, @SpentNano, @ReservedNano)
            ON CONFLICT (id) DO UPDATE SET
              spent_nano = spent_nano + excluded.spent_nano, reserved_nano = reserved_nano + excluded.reserved_nano
            """;

        public const string Reserve =
            "INSERT INTO reservation (id, accounts, amount_nano, made_at) VALUES (@Id, @Accounts, @AmountNano, @MadeAt)";

        public const string TakeReservation = "DELETE FROM reservation WHERE id = @Id RETURNING accounts AS Accounts, amount_nano AS AmountNano";

        public const string AddCall = """
            INSERT INTO model_call (id, accounts, model, provider, prompt, outcome, error, input_tokens, cached_input_tokens, output_tokens,
              reasoning_tokens, cost_nano, is_estimated, started_at, duration_microseconds)
            VALUES (@Id, @Accounts, @Model, @Provider, @Prompt, @Outcome, @Error, @InputTokens, @CachedInputTokens, @OutputTokens,
              @ReasoningTokens, @CostNano, @IsEstimated, @StartedAt, @DurationMicroseconds)
            ON CONFLICT (id) DO NOTHING
            """;

        public const string LastCall = "SELECT last_insert_rowid()";

        public const string Charge = "INSERT INTO charge (account, call) VALUES (@Account, @Call) ON CONFLICT DO NOTHING";

        public const string ReadCalls = """
            SELECT c.seq AS Seq, c.id AS Id, c.accounts AS Accounts, c.model AS Model, c.provider AS Provider, c.prompt AS Prompt,
              c.outcome AS Outcome, c.error AS Error, c.input_tokens AS InputTokens, c.cached_input_tokens AS CachedInputTokens,
              c.output_tokens AS OutputTokens, c.reasoning_tokens AS ReasoningTokens, c.cost_nano AS CostNano,
              c.is_estimated AS IsEstimated, c.started_at AS StartedAt, c.duration_microseconds AS DurationMicroseconds
            FROM charge JOIN model_call c ON c.seq = charge.call
            WHERE charge.account = @Account AND charge.call > @After ORDER BY charge.call LIMIT @Length
            """;
    }
}
