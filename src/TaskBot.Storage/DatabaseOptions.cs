using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace TaskBot.Storage;

/// <summary>Where TaskBot remembers things: the section <c>Database</c>.</summary>
public sealed class DatabaseOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "Database";

    /// <summary>A SQLite file, as a path or as <c>Data Source=path</c>, made on first use; <c>:memory:</c> is forgotten on exit.</summary>
    [Required]
    public string ConnectionString { get; set; } = "taskbot.db";

    /// <summary>How many deliveries may wait; one more is answered with 503 and sent again by GitHub or by the redelivery sweep.</summary>
    [Range(1, 10_000_000)]
    public int DeliveryQueueLimit { get; set; } = 10_000;

    /// <summary>How many bytes of node results to keep; the longest unused ones go first.</summary>
    [Range(1_000_000L, long.MaxValue)]
    public long ResultLimitBytes { get; set; } = 2_000_000_000;

    /// <summary>How long to wait for another process that is writing.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The path, or <c>:memory:</c>.</summary>
    /// <exception cref="FormatException">The connection string says something else than <c>Data Source</c>.</exception>
    internal string Path
    {
        get
        {
            if (!ConnectionString.Contains('=', StringComparison.Ordinal)) return ConnectionString.Trim();
            var (name, value) = ConnectionString.Split('=', 2) is [var left, var right] ? (left.Trim(), right.Trim().TrimEnd(';')) : ("", "");
            return name.Equals("Data Source", StringComparison.OrdinalIgnoreCase) && value.Length > 0 && !value.Contains(';', StringComparison.Ordinal)
                ? value.Trim('"')
                : throw new FormatException(
                    $"{Section}:{nameof(ConnectionString)} must be the path of a SQLite file, or 'Data Source=' and the path, and nothing else; "
                    + "other databases are not supported yet.");
        }
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var problem = "";
        try
        {
            if (Path.Length == 0) problem = $"{Section}:{nameof(ConnectionString)} is empty; give the path of a SQLite file, such as taskbot.db.";
        }
        catch (FormatException exception)
        {
            problem = exception.Message;
        }

        if (problem.Length > 0) yield return new ValidationResult(problem, [nameof(ConnectionString)]);
    }
}

/// <summary>Checks <see cref="DatabaseOptions"/> when the host starts.</summary>
[OptionsValidator]
public sealed partial class DatabaseOptionsValidator : IValidateOptions<DatabaseOptions>;
