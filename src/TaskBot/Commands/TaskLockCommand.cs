using System.CommandLine;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Tasks;
using TaskBot.GitHub;
using TaskBot.GitHub.Client;
using TaskBot.Graphs.Layers;
using TaskBot.Hosting;

namespace TaskBot.Commands;

/// <summary><c>taskbot task lock</c>: pins the layers of other repositories by commit and content, and fetches them.</summary>
static class TaskLockCommand
{
    public static Command Create()
    {
        var update = new Option<bool>("--update") { Description = "Follow refs that moved since they were locked." };
        var command = new Command(
            "lock",
            $"Pins every layer of another repository (owner/repo/path@ref) that the task files of this repository lead to in {LockFile.Path}, by commit and digest, and "
            + "fetches it into this machine's cache, so that composing needs no network. What is not used any more is dropped. A ref that moved is an error without "
            + "--update. Exit 2: there are mistakes, all of them listed, and nothing was written. Exit 1: GitHub could not be asked. Reads GitHub:ApiUrl and "
            + "GitHub:Token, else GITHUB_TOKEN, else only what is public. TASKBOT_LAYERS names another cache folder.")
        { update };
        command.SetAction((parsed, cancellationToken) => LockAsync(parsed.GetValue(update), cancellationToken));
        return command;
    }

    static async Task<int> LockAsync(bool update, CancellationToken cancellationToken)
    {
        var repository = TaskRepository.Of(".");
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        TaskBotHost.Configure(builder.Configuration, new Dictionary<string, string?>());
        TaskBotHost.LogToError(builder.Logging, LogLevel.Error);
        builder.Services.AddTaskBotGitHub(builder.Configuration);
        using var host = builder.Build();
        var locking = await new LayerLocker(ClientOf(host.Services), LayerCache.Default).LockAsync(
            [.. repository.TaskFiles.Select(repository.Read)], repository.Files, repository.Lock, update, cancellationToken);
        var problems = TaskFiles.InOrder(locking.Problems);
        TaskProblems.Tell(problems);
        if (problems.HasError()) return problems.All(problem => problem.Kind == LayerLocker.Unreachable) ? ExitCode.WorkFailed : ExitCode.WrongInput;
        await WriteAsync(repository, locking.Lock, cancellationToken);
        return ExitCode.Success;
    }

    static GitHubClient ClientOf(IServiceProvider services)
    {
        var clients = services.GetRequiredService<GitHubClientFactory>();
        var token = services.GetRequiredService<IOptions<GitHubOptions>>().Value.Token is { Length: > 0 } configured ? configured : Environment.GetEnvironmentVariable("GITHUB_TOKEN");
        return token is { Length: > 0 } ? clients.ForToken(token) : clients.Anonymous();
    }

    static async Task WriteAsync(TaskRepository repository, LockFile locks, CancellationToken cancellationToken)
    {
        var (before, after) = (repository.Lock.Entries, locks.Entries);
        foreach (var asset in before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (old, now) = (before.GetValueOrDefault(asset), after.GetValueOrDefault(asset));
            if (old == now) continue;
            Console.Out.WriteLine(now is null ? $"- {asset}" : old is null ? $"+ {asset}  {now.Commit[..12]}" : $"~ {asset}  {old.Commit[..12]} -> {now.Commit[..12]}");
        }

        if (after.IsEmpty && !File.Exists(repository.LockPath))
        {
            Console.Out.WriteLine("No layer of another repository is used; there is nothing to lock.");
            return;
        }

        var text = locks.ToYaml();
        if (!File.Exists(repository.LockPath) || await File.ReadAllTextAsync(repository.LockPath, cancellationToken) != text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(repository.LockPath)!);
            await File.WriteAllTextAsync(repository.LockPath, text, cancellationToken);
        }

        Console.Out.WriteLine($"{LockFile.Path}: {(after.Count == 1 ? "1 layer" : $"{after.Count} layers")} of other repositories locked.");
    }
}
