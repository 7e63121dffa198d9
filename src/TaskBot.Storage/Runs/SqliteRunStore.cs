using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Runs;

/// <summary>Runs in SQLite: the record as JSON, beside columns for what is asked.</summary>
public sealed class SqliteRunStore(SqliteDatabase database, TimeProvider time) : IRunStore
{
    readonly WakeSignal signal = new(time);

    public async ValueTask<RunRecord> CreateAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var record = run with { Version = 1 };
        var row = Columns.Of(record, previousVersion: 0);
        var (stored, isNew) = await database.WriteAsync(
            connection => connection.Execute(Sql.Create, row) > 0
                ? (record, true)
                : (Read(connection.QuerySingle<Row>(Sql.FindByTrigger, new Trigger(run.TriggerKey))), false),
            cancellationToken);
        if (isNew) signal.Set();
        return stored;
    }

    public ValueTask<RunRecord?> FindAsync(RunId id, CancellationToken cancellationToken) =>
        FindAsync(Sql.Find, new Identity(id.Value), cancellationToken);

    public ValueTask<RunRecord?> FindByIssueAsync(string repository, int issue, CancellationToken cancellationToken) =>
        FindAsync(Sql.FindByIssue, new IssueOf(repository, issue), cancellationToken);

    public ValueTask<RunRecord?> FindByHeadAsync(string repository, string headSha, CancellationToken cancellationToken) =>
        FindAsync(Sql.FindByHead, new HeadOf(repository, headSha), cancellationToken);

    public async ValueTask<bool> HasHeadAsync(string headSha, CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => HasHead(connection, headSha), cancellationToken);

    static bool HasHead(PreparedConnection connection, string headSha)
    {
        var look = connection.Statements.Prepare(Sql.HasHead);
        look.Bind(1, headSha);
        var isThere = look.Step();
        look.Reset();
        return isThere;
    }

    public ValueTask<RunRecord?> FindByPullRequestAsync(string repository, int pullRequest, CancellationToken cancellationToken) =>
        FindAsync(Sql.FindByPullRequest, new PullRequestOf(repository, pullRequest), cancellationToken);

    public async ValueTask<ImmutableArray<RunRecord>> ListAsync(RunStage stage, int limit, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(connection => connection.Query<Row>(Sql.ListStage, new StageOf(stage.ToString(), limit)).AsList(), cancellationToken);
        return [.. rows.Select(Read)];
    }

    public ValueTask<ImmutableArray<RunRecord>> ListOpenPullRequestsAsync(int limit, CancellationToken cancellationToken) => ListAsync(Sql.ListOpenPullRequests, limit, cancellationToken);

    public ValueTask<ImmutableArray<RunRecord>> ListAsync(int limit, CancellationToken cancellationToken) => ListAsync(Sql.List, limit, cancellationToken);

    public async ValueTask<RunRecord> SaveAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var record = run with { Version = run.Version + 1 };
        var row = Columns.Of(record, run.Version);
        await database.WriteAsync(connection => connection.Execute(Sql.Save, row) > 0 ? true : throw Refusal(connection, run.Id), cancellationToken);
        signal.Set();
        return record;
    }

    public async ValueTask<RunRecord?> ClaimAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        var claim = new Claim(database.OwnerId, Now, Now + (long)lease.TotalMilliseconds);
        var row = await database.WriteAsync(connection => connection.QuerySingleOrDefault<Row>(Sql.Claim, claim), cancellationToken);
        if (row is null) return null;
        signal.Set();
        return Read(row);
    }

    public async ValueTask<bool> RenewAsync(RunId id, TimeSpan lease, CancellationToken cancellationToken)
    {
        var renewal = new Renewal(id.Value, database.OwnerId, Now + (long)lease.TotalMilliseconds);
        return await database.WriteAsync(connection => connection.Execute(Sql.Renew, renewal) > 0, cancellationToken);
    }

    public async ValueTask ReleaseAsync(RunId id, CancellationToken cancellationToken)
    {
        await database.WriteAsync(connection => connection.Execute(Sql.Release, new Holding(id.Value, database.OwnerId)), cancellationToken);
        signal.Set();
    }

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var now = new Moment(Now);
        var dueAt = await database.ReadAsync(connection => connection.ExecuteScalar<long?>(Sql.NextDue, now), cancellationToken);
        await signal.WaitAsync(dueAt, cancellationToken);
    }

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    async ValueTask<ImmutableArray<RunRecord>> ListAsync(string sql, int limit, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(connection => connection.Query<Row>(sql, new Paging(limit)).AsList(), cancellationToken);
        return [.. rows.Select(Read)];
    }

    async ValueTask<RunRecord?> FindAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(connection => connection.QuerySingleOrDefault<Row>(sql, parameters), cancellationToken);
        return row is null ? null : Read(row);
    }

    static Exception Refusal(SqliteConnection connection, RunId id) =>
        connection.QuerySingleOrDefault<Row>(Sql.Find, new Identity(id.Value)) is null
            ? new InvalidOperationException($"Run {id} was never created.")
            : new StaleRunException(id);

    RunRecord Read(Row row)
    {
        try
        {
            return JsonSerializer.Deserialize(row.Record, RunJsonContext.Default.RunRecord)! with { Version = row.Version };
        }
        catch (JsonException exception)
        {
            throw new DatabaseException(DatabaseFailure.Corrupt, database.Path, $"has a damaged record of run {row.Id}.", exception);
        }
    }

    sealed record Columns(
        string Id, string TriggerKey, string Repository, int Issue, string? HeadSha, string Stage, long Version, long PreviousVersion, string Record,
        string Purpose, int? PullRequest, string? Ending, long NotBefore, string? Concurrency)
    {
        public static Columns Of(RunRecord run, long previousVersion) =>
            new(run.Id.Value, run.TriggerKey, run.Repository, run.Issue, run.HeadSha, run.Stage.ToString(), run.Version, previousVersion,
                JsonSerializer.Serialize(run, RunJsonContext.Default.RunRecord), run.Purpose.ToString(), run.PullRequest, run.Ending?.ToString(),
                run.NotBefore?.ToUnixTimeMilliseconds() ?? 0, run.Concurrency?.Name);
    }

    sealed record Identity(string Id);

    sealed record Trigger(string TriggerKey);

    sealed record IssueOf(string Repository, int Issue);

    sealed record HeadOf(string Repository, string HeadSha);

    sealed record PullRequestOf(string Repository, int PullRequest);

    sealed record StageOf(string Stage, int Limit);

    sealed record Paging(int Limit);

    sealed record Claim(string Owner, long Now, long Until);

    sealed record Moment(long Now);

    sealed record Renewal(string Id, string Owner, long Until);

    sealed record Holding(string Id, string Owner);

    sealed record Row
    {
        public string Id { get; init; } = "";

        public long Version { get; init; }

        public string Record { get; init; } = "";
    }

    static class Sql
    {
        const string Row = "id AS Id, version AS Version, record AS Record";

        const string Select = $"SELECT {Row} FROM run";

        public const string Create = """
            INSERT INTO run (id, trigger_key, repository, issue, head_sha, stage, version, record, purpose, pull_request, ending, not_before, concurrency)
            VALUES (@Id, @TriggerKey, @Repository, @Issue, @HeadSha, @Stage, @Version, @Record, @Purpose, @PullRequest, @Ending, @NotBefore, @Concurrency)
            ON CONFLICT (trigger_key) DO NOTHING
            """;

        public const string Find = $"{Select} WHERE id = @Id";

        public const string FindByTrigger = $"{Select} WHERE trigger_key = @TriggerKey";

        public const string FindByIssue = $"{Select} WHERE repository = @Repository AND issue = @Issue AND purpose = 'Change' ORDER BY seq DESC LIMIT 1";

        public const string HasHead = "SELECT 1 FROM run WHERE head_sha = ?1";

        public const string FindByHead = $"{Select} WHERE repository = @Repository AND head_sha = @HeadSha ORDER BY seq DESC LIMIT 1";

        public const string FindByPullRequest =
            $"{Select} WHERE repository = @Repository AND pull_request = @PullRequest AND purpose = 'Change' ORDER BY seq DESC LIMIT 1";

        public const string ListStage = $"{Select} WHERE stage = @Stage ORDER BY seq LIMIT @Limit";

        public const string List = $"{Select} ORDER BY seq DESC LIMIT @Limit";

        public const string ListOpenPullRequests =
            $"{Select} WHERE pull_request IS NOT NULL AND ending IS NULL AND purpose = 'Change' ORDER BY seq DESC LIMIT @Limit";

        public const string Save = """
            UPDATE run SET repository = @Repository, issue = @Issue, head_sha = @HeadSha, stage = @Stage, version = @Version, record = @Record,
              purpose = @Purpose, pull_request = @PullRequest, ending = @Ending, not_before = @NotBefore, concurrency = @Concurrency,
              has_group = CASE WHEN stage IN ('Queued', 'WaitingForChecks') OR @Stage NOT IN ('Queued', 'WaitingForChecks') THEN has_group ELSE 0 END
            WHERE id = @Id AND version = @PreviousVersion
            """;

        /// <summary>No other run of the group is on its way, nor being let go of. A run that is sent on after it had ended has to get its group again.</summary>
        const string GroupIsFree = """
            (concurrency IS NULL OR has_group OR NOT EXISTS (
              SELECT 1 FROM run AS other
              WHERE other.repository = next.repository AND other.concurrency = next.concurrency AND other.has_group
                AND (other.stage IN ('Queued', 'WaitingForChecks') OR (other.held_by IS NOT NULL AND other.held_until > @Now))))
            """;

        public const string Claim = $"""
            UPDATE run SET held_by = @Owner, held_until = @Until, has_group = concurrency IS NOT NULL
            WHERE seq = (
              SELECT seq FROM run AS next
              WHERE stage = 'Queued' AND (held_by IS NULL OR held_until <= @Now) AND not_before <= @Now AND {GroupIsFree} ORDER BY seq LIMIT 1)
            RETURNING {Row}
            """;

        public const string Renew = "UPDATE run SET held_until = @Until WHERE id = @Id AND held_by = @Owner";

        public const string Release = "UPDATE run SET held_by = NULL WHERE id = @Id AND held_by = @Owner";

        public const string NextDue =
            $"SELECT min(max(not_before, CASE WHEN held_by IS NULL THEN 0 ELSE held_until END)) FROM run AS next WHERE stage = 'Queued' AND {GroupIsFree}";
    }
}
