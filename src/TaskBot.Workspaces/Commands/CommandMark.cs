using System.Globalization;
using System.Text;

namespace TaskBot.Workspaces.Commands;

/// <summary>
/// What every process of one command has from its first, however it leaves its parents, group and session: a variable, and for those that
/// clear their variables a number among the limits that the system keeps for each process. The limit of file locks bears the number, as Linux has kept the
/// value and not enforced it since 2.4.
/// </summary>
sealed class CommandMark
{
    const string LimitLine = "\nMax file locks ";

    readonly string value = Guid.NewGuid().ToString("N");
    readonly byte[] variable;
    readonly byte[] limit;

    public CommandMark()
    {
        variable = Encoding.ASCII.GetBytes($"{VariableName}={value}");
        // Below our own, as no process may raise it; so a command that runs commands of its own can mark them too.
        Number = Random.Shared.NextInt64(Highest / 2, Highest);
        limit = Encoding.ASCII.GetBytes(Number.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The variable's name.</summary>
    public const string VariableName = "TASKBOT_COMMAND";

    /// <summary>The variable's value.</summary>
    public string Value => value;

    /// <summary>The number among the limits.</summary>
    public long Number { get; }

    static long Highest { get; } = HighestNumber();

    /// <summary>Whether a process has the mark.</summary>
    /// <param name="folder">Its folder below <c>/proc</c>.</param>
    public bool IsOn(string folder) => Read(folder + "/environ").AsSpan().IndexOf(variable) >= 0 || LimitIn(Read(folder + "/limits")).SequenceEqual(limit);

    static long HighestNumber() =>
        long.TryParse(Encoding.ASCII.GetString(LimitIn(Read("/proc/self/limits"))), NumberStyles.None, CultureInfo.InvariantCulture, out var ours) ? ours : 1L << 62;

    static ReadOnlySpan<byte> LimitIn(ReadOnlySpan<byte> limits)
    {
        var at = limits.IndexOf(Encoding.ASCII.GetBytes(LimitLine));
        if (at < 0)
            return default;
        var rest = limits[(at + LimitLine.Length)..].TrimStart((byte)' ');
        return rest.IndexOf((byte)' ') is >= 0 and var end ? rest[..end] : rest;
    }

    static byte[] Read(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (IOException)
        {
            return []; // It ended meanwhile, or there is no such file here.
        }
        catch (UnauthorizedAccessException)
        {
            return []; // Another user's, so none of ours.
        }
    }
}
