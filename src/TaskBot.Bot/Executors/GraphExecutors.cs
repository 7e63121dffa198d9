using Microsoft.Extensions.Options;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Executors;

/// <summary>
/// Gives each graph to who has to run it: Actions where whoever runs this program, or the project, wants that; else this process. A project cannot ask for
/// this process where the operator keeps its work out of it.
/// </summary>
public sealed class GraphExecutors(AttemptRunner here, ActionsExecutor actions, IOptions<DispatchOptions> options) : IGraphExecutor
{
    public Task<RunResult?> RunAsync(GraphWork work, CancellationToken cancellationToken)
    {
        var isForActions = options.Value.Executor == ExecutorKind.Actions || work.Work.Project.Executor == ExecutorKind.Actions;
        return isForActions ? actions.RunAsync(work, cancellationToken) : here.RunAsync(work, cancellationToken);
    }
}
