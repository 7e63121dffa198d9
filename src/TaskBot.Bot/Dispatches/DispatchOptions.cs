using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Executors;

namespace TaskBot.Bot.Dispatches;

/// <summary>The section <c>Dispatch</c>: whether a server works by itself or has jobs of GitHub Actions do it.</summary>
public sealed class DispatchOptions : IValidatableObject
{
    public const string Section = "Dispatch";

    public ExecutorKind Executor { get; set; }

    /// <summary>Where jobs reach this server; their tokens have to be for exactly this address.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>The workflow file's name, in <c>.github/workflows</c> of the default branch.</summary>
    [RegularExpression(@"[A-Za-z0-9._-]+\.ya?ml", ErrorMessage = "Dispatch:Workflow: write the name of a file in .github/workflows, such as taskbot-dispatched.yml.")]
    public string Workflow { get; set; } = "taskbot-dispatched.yml";

    /// <summary>How long a job may take to begin: a queue of runners can be long.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan ClaimLimit { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a job that has begun may be silent; it says something every few seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary><see cref="PublicUrl"/> as it stands in tokens: without a slash at its end.</summary>
    public string? Audience => PublicUrl?.OriginalString.TrimEnd('/');

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PublicUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("https" or "http") || url.Query.Length > 0 || url.UserInfo.Length > 0))
            yield return new($"{Section}:{nameof(PublicUrl)}: '{url}' is not an absolute http(s) address without a query.", [nameof(PublicUrl)]);
        if (PublicUrl is null && Executor == ExecutorKind.Actions)
            yield return new($"{Section}:{nameof(PublicUrl)}: jobs have to know where this server is; give its address, such as https://taskbot.example.com.", [nameof(PublicUrl)]);
    }
}

/// <summary>Checks <see cref="DispatchOptions"/> by generated code.</summary>
[OptionsValidator]
public sealed partial class DispatchOptionsValidator : IValidateOptions<DispatchOptions>;
