using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Actions;
using TaskBot.Bot;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Events;
using TaskBot.Bot.Events.Verbs;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Repositories;
using TaskBot.Storage;
using TaskBot.Storage.Dispatches;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Tests.Commands;

/// <summary>What commands about a run say in a job that does not know the run.</summary>
public sealed class JobVerbTests : IAsyncDisposable
{
    static readonly RepositoryName Shop = new("acme", "shop");

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-verbs-");
    readonly SqliteDatabase database = SqliteDatabase.Open(new DatabaseOptions { ConnectionString = ":memory:" }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
    readonly LocalForge forge;

    public JobVerbTests() => forge = new LocalForge(folder.FullName, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        forge.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Where_a_run_was_and_the_cache_is_gone_it_says_that_and_not_that_nothing_was()
    {
        (await SayAsync(isPullRequest: false)).ShouldBeOfType<VerbAnswer.Done>().Text!.ShouldContain("Nothing was started here yet");
        await forge.PutCommentAsync(Shop, 7, TrackingComment.Marker, $"{TrackingComment.Marker}\n### TaskBot: succeeded\n", CancellationToken.None);
        (await SayAsync(isPullRequest: false)).ShouldBeOfType<VerbAnswer.Refused>().Reason.ShouldContain("is gone");
    }

    [Fact]
    public async Task On_a_pull_request_it_says_where_to_write_instead() =>
        (await SayAsync(isPullRequest: true)).ShouldBeOfType<VerbAnswer.Refused>().Reason.ShouldContain("write this on the issue");

    Task<VerbAnswer> SayAsync(bool isPullRequest)
    {
        var call = new VerbCall(
            Shop, new ForgeIssue(7, "Wrong", "", "eve", [], IsOpen: true, ""), isPullRequest, new SlashCommand("status", ""), new User(1, "ada"), new(ForgeSubjectKind.Comment, 7, 1), "key",
            new ProjectAt(Project.Default, new CommitId(new string('a', 40)), Organisation: null, ImmutableArray<string>.Empty), Run: null);
        return new JobVerb(new StatusVerb(new RunPlaces(forge, new SqliteDispatchStore(database), new BotOptions(), Options.Create(new DispatchOptions()))), forge).DoAsync(call, CancellationToken.None);
    }
}
