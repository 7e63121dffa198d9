using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Sealing;

/// <summary>
/// What a job without write permission would have done, as data: what its commands said, and what became of its runs. Whoever may write asks for the same again,
/// from the event itself, and takes from here only what a model or the repository's code had to find out, once all of it is checked: both worked beside the pen that wrote this.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SealedResult
{
    /// <summary>What this program writes, and the only one it reads.</summary>
    public const int CurrentVersion = 2;

    /// <summary>The most that is read, in bytes.</summary>
    public const int MaximumBytes = 64 * 1024 * 1024;

    public required int Version { get; init; }

    /// <summary>What the commands of the event said, where they said something.</summary>
    public ImmutableArray<SealedReply> Replies { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The runs that were worked on.</summary>
    public required ImmutableArray<SealedRun> Runs { get; init => field = value.IsDefault ? [] : value; }

    /// <summary>False where JSON said null in places that types cannot keep from being null, or where a run is not called as runs are: it names files.</summary>
    bool IsWhole => Has(Replies) && Has(Runs) && Runs.All(run => run.IsWhole) && Runs.Select(run => run.Run.Id).Distinct().Count() == Runs.Length;

    internal static bool Has<T>(ImmutableArray<T> items)
        where T : class => !items.IsDefault && !items.Contains(null!);

    /// <summary>The bytes to hand on, UTF-8 JSON.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, SealedJsonContext.Default.SealedResult);

    /// <summary>The seal: SHA-256 of the bytes, in lower-case hex. It travels another way than they do.</summary>
    public static string DigestOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Opens what was sealed.</summary>
    /// <param name="digest">What the seal has to be, in hex.</param>
    /// <exception cref="SealBrokenException">These are not the bytes that were sealed, or no result of this version; the message says which.</exception>
    public static SealedResult Open(ReadOnlySpan<byte> bytes, string digest)
    {
        if (bytes.Length > MaximumBytes) throw new SealBrokenException($"The sealed result has {bytes.Length} bytes; {MaximumBytes} is the most.");
        var isSealed = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(DigestOf(bytes)), Encoding.ASCII.GetBytes(digest.Trim().ToLowerInvariant()));
        if (!isSealed) throw new SealBrokenException($"The sealed result is not the one that was sealed: its SHA-256 is {DigestOf(bytes)}, and {digest.Trim()} was said.");
        try
        {
            var result = JsonSerializer.Deserialize(bytes, SealedJsonContext.Default.SealedResult) ?? throw new SealBrokenException("The sealed result is null.");
            if (!result.IsWhole) throw new SealBrokenException("The sealed result is not what this program writes: a list, or something in one, is missing, or a run has no name of its own.");
            return result.Version == CurrentVersion ? result
                : throw new SealBrokenException($"The sealed result has version {result.Version}; this program reads version {CurrentVersion}. Use one version of TaskBot on both sides.");
        }
        catch (JsonException e)
        {
            throw new SealBrokenException($"The sealed result is not what this program writes: {e.Message}", e);
        }
    }
}

/// <summary>What a command said.</summary>
/// <param name="Key">The command's.</param>
/// <param name="IsRefused">True where it was not done, and <paramref name="Text"/> says why.</param>
/// <param name="Text">Markdown.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SealedReply(string Key, bool IsRefused, string Text);

/// <summary>A run that was worked on, as it ended: what it changed, what it had to say.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SealedRun
{
    /// <summary>The run as it ended. Its numbers of pull request and head are not known yet.</summary>
    public required RunRecord Run { get; init; }

    /// <summary>What it changed; null where there is nothing to publish.</summary>
    public SealedChange? Change { get; init; }

    /// <summary>What its nodes said on the issue. The tracking comment and the check are written anew by whoever publishes.</summary>
    public required ImmutableArray<SealedComment> Comments { get; init => field = value.IsDefault ? [] : value; }

    /// <summary>The plan that people are asked about; null where they are not.</summary>
    public PlanText? Plan { get; init; }

    internal bool IsWhole => SealedResult.Has(Comments) && SealedResult.Has(Run.Layers) && SealedResult.Has(Run.Attempts) && SealedResult.Has(Run.Steps) && SealedResult.Has(Run.Models)
        && Run.Answering?.Refused.ContainsValue(null!) != true && SealedValidator.IsIdentifier(Run.Id.Value)
        && (Change is null || SealedResult.Has(Change.Files) && SealedResult.Has(Change.Checks));
}

/// <summary>A commit and a pull request as data. Their texts are written by whoever publishes, from what they are made of.</summary>
/// <param name="Tree">The id of the tree that the files make of the base's: where another comes out, nothing is published.</param>
/// <param name="OnTopOfBase">True where the base is someone else's commit on the branch itself.</param>
/// <param name="ExpectedHead">Where the branch must be; null where it must not be there.</param>
/// <param name="Summary">What changed and why, in the words of whoever changed it.</param>
/// <param name="Checks">What was run on it and what that said, a line each.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SealedChange(
    string Branch, string BaseBranch, string Base, string Tree, bool OnTopOfBase, string? ExpectedHead, string Summary, ImmutableArray<string> Checks, ImmutableArray<SealedFile> Files);

/// <summary>A path that changed.</summary>
/// <param name="Mode">As git writes it: <c>100644</c>, <c>100755</c> or <c>120000</c> (a link; its content is its target).</param>
/// <param name="Content">Base64 in JSON; null where the path is deleted.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SealedFile(string Path, string Mode, byte[]? Content);

/// <summary>A comment on the run's issue.</summary>
/// <param name="Marker">Hidden in it, and found again by it.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SealedComment(string Marker, string Body);

/// <summary>What was handed over is not what was sealed, or cannot be read.</summary>
public sealed class SealBrokenException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>How sealed results are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, AllowDuplicateProperties = false, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SealedResult))]
sealed partial class SealedJsonContext : JsonSerializerContext;
