using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Outbox;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Events;

/// <summary>Something that a person wrote, wherever it stands.</summary>
/// <param name="Issue">The issue or pull request that it stands on.</param>
/// <param name="Author">Whose text it is.</param>
/// <param name="Sender">Who wrote or edited it now.</param>
public sealed record Comment(RepositoryName Repository, ForgeIssue Issue, bool IsPullRequest, ForgeSubject Subject, string? Text, User? Author, User Sender)
{
    /// <summary>What a mention begins with, besides our own handle.</summary>
    public string Mention { get; init; } = SlashCommand.At;

    /// <summary>Where work that it asks for starts; null for the default branch.</summary>
    public string? BaseBranch { get; init; }
}

/// <summary>
/// Does what a comment's commands say, one after the other, each once however often the comment is told of or edited: seen (👀), then done (🎉) or not
/// (😕 and why). Our own comments and those of other bots are not listened to, by their numbers and types and not by their names.
/// </summary>
public sealed partial class CommentHandler(
    IForge forge, IRunStore runs, RunGate gate, ProjectSource projects, VerbTable verbs, EffectOutbox outbox, ILogger<CommentHandler> logger)
{
    /// <summary>
    /// The cheapest question, asked of an event's JSON before it is read: most comments say nothing to us. Where signs of ASCII may be written as escapes, the text
    /// itself has to be seen.
    /// </summary>
    public static bool MayBeTold(ReadOnlySpan<byte> body) => body.IndexOf((byte)'@') >= 0 || body.IndexOf("/taskbot"u8) >= 0 || body.IndexOf("\\u00"u8) >= 0;

    public async Task HandleAsync(Comment comment, CancellationToken cancellationToken)
    {
        var repository = comment.Repository;
        var seen = new Dictionary<SlashCommand, int>();
        foreach (var read in await ReadAsync(comment, cancellationToken))
        {
            // A mention of one word that is a verb is that verb.
            var command = read.Verb == SlashCommand.Mention && read.Text == read.Arguments && verbs.Find(read.Arguments.ToLowerInvariant()) is { } meant
                ? new SlashCommand(meant.Help.Name, "") : read;
            var occurrence = seen[command] = seen.GetValueOrDefault(command) + 1;
            var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{command.Verb} {command.Text}")))[..16];
            var key = string.Create(CultureInfo.InvariantCulture, $"{repository}#{comment.Issue.Number}:{comment.Subject.Kind}-{comment.Subject.Id}:{digest}-{occurrence}");
            // Nobody can be asked whether a command was carried out; each finds by itself what it did before.
            await outbox.DoAsync(
                key, _ => Task.FromResult<string?>(null),
                async token =>
                {
                    await forge.ReactAsync(repository, comment.Subject, Reaction.Eyes, token);
                    var answer = await DoAsync(comment, command, key, token);
                    await TellAsync(comment, key, answer, token);
                    LogDone(logger, repository, comment.Issue.Number, command.Verb, answer.GetType().Name);
                    return answer.GetType().Name;
                },
                cancellationToken);
        }
    }

    /// <summary>Says that a comment was seen, where it tells us anything, and does nothing of it: whoever else does that takes longer.</summary>
    /// <returns>Whether it tells us anything.</returns>
    public async Task<bool> AcknowledgeAsync(Comment comment, CancellationToken cancellationToken)
    {
        if ((await ReadAsync(comment, cancellationToken)).IsEmpty) return false;
        await forge.ReactAsync(comment.Repository, comment.Subject, Reaction.Eyes, cancellationToken);
        return true;
    }

    /// <summary>What a comment tells us, in its order; nothing where whoever wrote it is not listened to.</summary>
    public async Task<ImmutableArray<SlashCommand>> ReadAsync(Comment comment, CancellationToken cancellationToken)
    {
        // The cheap question first: most comments say nothing to us.
        if (comment.Text is not { } text || !(text.Contains("/taskbot", StringComparison.Ordinal) || text.Contains('@') || text.Contains(comment.Mention, StringComparison.OrdinalIgnoreCase))) return [];
        // Whoever edits another's comment does not speak in their name.
        if (comment.Author is { } author && author.Id != comment.Sender.Id) return [];
        var self = await forge.GetSelfAsync(comment.Repository, cancellationToken);
        if (comment.Sender.Id == self.Id) return [];
        var commands = SlashCommand.Read(text, self.Handle, comment.Mention);
        return commands.IsEmpty || comment.Sender.Type != "Bot" ? commands
            : (await projects.ReadAsync(comment.Repository, cancellationToken)).Project.Permissions.Allow.Contains(comment.Sender.Login, StringComparer.OrdinalIgnoreCase) ? commands : [];
    }

    async Task<VerbAnswer> DoAsync(Comment comment, SlashCommand command, string key, CancellationToken cancellationToken)
    {
        var answer = await gate.AskAsync(comment.Repository, comment.Sender.Login, "give commands", cancellationToken);
        if (answer is GateAnswer.Closed closed) return new VerbAnswer.Refused(closed.Reason);
        if (verbs.Find(command.Verb.Length == 0 ? "help" : command.Verb) is not { } verb)
            return new VerbAnswer.Refused($"{ForeignText.Code($"/taskbot {command.Verb}")} is not a command. {verbs.Unknown(command.Verb)}");
        var run = comment.IsPullRequest
            ? await runs.FindByPullRequestAsync(comment.Repository.ToString(), comment.Issue.Number, cancellationToken)
            : await runs.FindByIssueAsync(comment.Repository.ToString(), comment.Issue.Number, cancellationToken);
        var project = ((GateAnswer.Open)answer).Project;
        return await verb.DoAsync(
            new VerbCall(comment.Repository, comment.Issue, comment.IsPullRequest, command, comment.Sender, comment.Subject, key, project, run) { BaseBranch = comment.BaseBranch }, cancellationToken);
    }

    async Task TellAsync(Comment comment, string key, VerbAnswer answer, CancellationToken cancellationToken)
    {
        var (repository, number, login) = (comment.Repository, comment.Issue.Number, comment.Sender.Login);
        switch (answer)
        {
            case VerbAnswer.Done done:
                if (done.Text is { } text) await forge.PutCommentAsync(repository, number, AnswerComment.MarkerOf(key), AnswerComment.Render(key, login, text), cancellationToken);
                await forge.ReactAsync(repository, comment.Subject, Reaction.Hooray, cancellationToken);
                break;
            case VerbAnswer.Refused refused:
                await forge.PutCommentAsync(repository, number, RefusalComment.Marker, RefusalComment.Render(login, refused.Reason), cancellationToken);
                await forge.ReactAsync(repository, comment.Subject, Reaction.Confused, cancellationToken);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A comment on {Repository}#{Number} said {Verb}: {Answer}")]
    static partial void LogDone(ILogger logger, RepositoryName repository, int number, string verb, string answer);
}
