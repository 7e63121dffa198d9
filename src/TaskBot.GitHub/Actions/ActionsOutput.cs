using System.Security.Cryptography;
using System.Text;
using TaskBot.GitHub.Client;

namespace TaskBot.GitHub.Actions;

/// <summary>Writes a step's outputs and summary into the files that the runner names. Without them (outside a job) it writes nothing.</summary>
public sealed class ActionsOutput(ActionsEnvironment environment)
{
    /// <summary>The most that GitHub shows of a step's summary; a larger one is not shown at all.</summary>
    public const int SummaryByteLimit = 1024 * 1024;

    const string CutNote = "\n\n… cut: GitHub shows 1 MiB of a summary.\n";
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>
    /// Sets an output. The value may hold any text, line breaks included: it stands between delimiters that nobody can guess, so it cannot
    /// end early and set another output.
    /// </summary>
    /// <exception cref="ArgumentException">The name is not letters, digits, <c>_</c> and <c>-</c>.</exception>
    public async Task SetAsync(string name, string value, CancellationToken cancellationToken)
    {
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw new ArgumentException($"'{name}' is not the name of an output.", nameof(name));
        if (environment.OutputPath is not { } path) return;
        var delimiter = $"ghadelimiter_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
        await File.AppendAllTextAsync(path, $"{name}<<{delimiter}\n{value}\n{delimiter}\n", Utf8, cancellationToken);
    }

    /// <summary>Appends Markdown to the step's summary, cut on a character boundary where the file would pass the limit.</summary>
    public async Task AppendSummaryAsync(string markdown, CancellationToken cancellationToken)
    {
        if (environment.StepSummaryPath is not { } path) return;
        var written = File.Exists(path) ? new FileInfo(path).Length : 0;
        var left = (int)(SummaryByteLimit - written) - Utf8.GetByteCount(CutNote);
        if (left <= 0) return;
        var text = markdown.EndsWith('\n') ? markdown : markdown + "\n";
        await File.AppendAllTextAsync(path, GitHubText.CutBytes(text, left, CutNote), Utf8, cancellationToken);
    }
}
