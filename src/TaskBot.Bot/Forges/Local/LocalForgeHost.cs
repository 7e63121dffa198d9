using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Forges.Local;

/// <summary>What a forge does by itself: runs CI for pull requests and delivers webhooks, whenever its files changed through it.</summary>
public sealed partial class LocalForgeHost(LocalForge forge, LocalCi ci, LocalWebhooks webhooks, TimeProvider time, ILogger<LocalForgeHost> logger)
    : BackgroundService
{
    static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    readonly TaskCompletionSource<(Uri Url, string Secret)> target = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Says where webhooks go and what they are signed with, once the listener stands.</summary>
    public void SendTo(Uri url, string secret) => target.TrySetResult((url, secret));

    /// <summary>Puts a label on an issue and tells of it, as a person would. Asking again under the same id changes nothing.</summary>
    public async Task LabelAsync(RepositoryName repository, int number, string label, string sender, string deliveryId, CancellationToken cancellationToken)
    {
        var issue = await forge.GetIssueAsync(repository, number, cancellationToken);
        var labeled = issue with { Labels = issue.Labels.Contains(label) ? issue.Labels : issue.Labels.Add(label) };
        await webhooks.KeepAsync(deliveryId, "issues", LocalEvents.IssueLabeled(repository, labeled, label, sender), cancellationToken);
        forge.Touch();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (url, secret) = await target.Task.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = forge.ChangedAsync(stoppingToken);
            try
            {
                await ci.RunAsync(stoppingToken);
                if (await webhooks.DeliverAsync(url, secret, stoppingToken)) await changed;
                else await Task.Delay(RetryDelay, time, stoppingToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or ForgeException)
            {
                LogTryAgain(logger, e);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The local forge could not do its work and tries again")]
    static partial void LogTryAgain(ILogger logger, Exception exception);
}
