using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using TaskBot.Bot.Learning;

namespace TaskBot.Storage.Learning;

/// <summary>What runs taught, in SQLite.</summary>
public sealed class SqlitePatternStore(SqliteDatabase database) : IPatternStore
{
    public async ValueTask<ImmutableArray<Pattern>> ListAsync(string scope, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(connection => connection.Query<Row>(Sql.List, new ScopeOf(scope)).AsList(), cancellationToken);
        return [.. rows.Select(row => row.ToPattern())];
    }

    public async ValueTask ChangeAsync(IReadOnlyCollection<Pattern> put, IReadOnlyCollection<Pattern> removed, CancellationToken cancellationToken)
    {
        var rows = put.Select(Row.Of).ToList();
        var ids = removed.Select(pattern => new Identity(pattern.Id)).ToList();
        await database.WriteAsync(connection => connection.Execute(Sql.Put, rows) + connection.Execute(Sql.Remove, ids), cancellationToken);
    }

    sealed record ScopeOf(string Scope);

    sealed record Identity(string Id);

    sealed record Row
    {
        public string Id { get; init; } = "";

        public string Scope { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Title { get; init; } = "";

        public string Lesson { get; init; } = "";

        public string Files { get; init; } = "";

        public long LearntAt { get; init; }

        public long UsedAt { get; init; }

        public double Helped { get; init; }

        public double Hurt { get; init; }

        public static Row Of(Pattern pattern) => new()
        {
            Id = pattern.Id,
            Scope = pattern.Scope,
            Kind = pattern.Kind.ToString(),
            Title = pattern.Title,
            Lesson = pattern.Lesson,
            Files = JsonSerializer.Serialize(pattern.Files),
            LearntAt = pattern.LearntAt.ToUnixTimeMilliseconds(),
            UsedAt = pattern.UsedAt.ToUnixTimeMilliseconds(),
            Helped = pattern.Helped,
            Hurt = pattern.Hurt,
        };

        public Pattern ToPattern() => new(
            Scope, Enum.Parse<PatternKind>(Kind), Title, Lesson, JsonSerializer.Deserialize<ImmutableArray<string>>(Files), DateTimeOffset.FromUnixTimeMilliseconds(LearntAt))
        {
            UsedAt = DateTimeOffset.FromUnixTimeMilliseconds(UsedAt),
            Helped = Helped,
            Hurt = Hurt,
        };
    }

    static class Sql
    {
        public const string List = """
            SELECT id AS Id, scope AS Scope, kind AS Kind, title AS Title, lesson AS Lesson, files AS Files, learnt_at AS LearntAt, used_at AS UsedAt,
              helped AS Helped, hurt AS Hurt
            FROM pattern WHERE scope = @Scope
            """;

        public const string Put = """
            INSERT INTO pattern (id, scope, kind, title, lesson, files, learnt_at, used_at, helped, hurt)
            VALUES (@Id, @Scope, @Kind, @Title, @Lesson, @Files, @LearntAt, @UsedAt, @Helped, @Hurt)
            ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at, helped = excluded.helped, hurt = excluded.hurt
            """;

        public const string Remove = "DELETE FROM pattern WHERE id = @Id";
    }
}
