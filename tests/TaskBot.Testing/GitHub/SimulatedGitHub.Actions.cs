using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TaskBot.Testing.GitHub;

/// <content>Workflows that are started by hand.</content>
public sealed partial class SimulatedGitHub
{
    readonly List<WorkflowRun> _runs = [];

    /// <summary>False where a dispatch is answered without the run's id, as older servers do.</summary>
    public bool ReturnsRunDetails { get; set; } = true;

    /// <summary>False where Actions is turned off.</summary>
    public bool HasActions { get; set; } = true;

    /// <summary>Told of a job that is to be started, while nothing else can happen here: note it and return.</summary>
    public event Action<SimulatedJob>? JobStarted;

    /// <summary>The workflow runs that were started, oldest first, with what became of them.</summary>
    public IReadOnlyList<(long Id, string Title, string? Conclusion)> WorkflowRuns
    {
        get { lock (_lock) return [.. _runs.Select(run => (run.Id, run.Title, run.Conclusion))]; }
    }

    /// <summary>A job ended; one that was cancelled stays so.</summary>
    public void EndJob(long id, string conclusion)
    {
        lock (_lock)
        {
            var run = _runs.Single(run => run.Id == id);
            run.Conclusion ??= conclusion;
            Emit("workflow_run", "completed", run.By, new JsonObject { ["workflow_run"] = RunOf(run) });
        }
    }

    void AddActionsRoutes(Action<string, string, string, Endpoint> add)
    {
        add("POST", "/actions/workflows/(?<name>[^/]+)/dispatches", "actions/create-workflow-dispatch", request =>
        {
            var branch = request.Text("ref");
            if (!HasActions) return Problem(422, "Actions has been disabled for this repository.");
            if (!_refs.TryGetValue($"heads/{branch}", out var head)) return Problem(422, $"No ref found for: {branch}");
            if (_git.ReadFile(head, $".github/workflows/{request.Name}") is not { } file) return NotFound;
            var text = Encoding.UTF8.GetString(file);
            var inputs = (request.Body["inputs"] as JsonObject ?? []).ToDictionary(input => input.Key, input => (string)input.Value!, StringComparer.Ordinal);
            if (inputs.Keys.Except(InputsOf(text)).ToList() is { Count: > 0 } unexpected) return Problem(422, $"Unexpected inputs provided: [\"{string.Join("\", \"", unexpected)}\"]");
            var title = Regex.Match(text, "^run-name: (.*)$", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Groups[1].Value;
            foreach (var (name, value) in inputs) title = title.Replace($"${{{{ inputs.{name} }}}}", value, StringComparison.Ordinal);
            var run = new WorkflowRun(++_ids, $".github/workflows/{request.Name}", head, branch, title, request.Caller, time.GetUtcNow());
            _runs.Add(run);
            JobStarted?.Invoke(new SimulatedJob(run.Id, 1, $"acme/demo/{run.Path}@refs/heads/{branch}", inputs));
            return ReturnsRunDetails && (bool?)request.Body["return_run_details"] == true
                ? Ok(new JsonObject { ["workflow_run_id"] = run.Id, ["run_url"] = $"{Url}repos/acme/demo/actions/runs/{run.Id}", ["html_url"] = PageOf(run) })
                : new(204);
        });
        add("GET", "/actions/runs", "actions/list-workflow-runs-for-repo", request =>
            Ok(PageOf("workflow_runs", (request.Query.GetValueOrDefault("event") is null or "workflow_dispatch" ? _runs : []).AsEnumerable().Reverse().Select(RunOf))));
        add("POST", "/actions/runs/(?<id>\\d+)/cancel", "actions/cancel-workflow-run", request =>
        {
            if (_runs.Find(run => run.Id == request.Id) is not { } run) return NotFound;
            if (run.Conclusion is not null) return Problem(409, "Cannot cancel a workflow run that is completed.");
            run.Conclusion = "cancelled";
            return Ok(new JsonObject(), 202);
        });
    }

    /// <summary>The inputs that a workflow declares.</summary>
    public static IEnumerable<string> InputsOf(string workflow)
    {
        var declared = Regex.Match(workflow, @"^    inputs:\n((?:      .*\n)+)", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Groups[1].Value;
        return Regex.Matches(declared, @"^      (\w+):", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Select(match => match.Groups[1].Value);
    }

    static string PageOf(WorkflowRun run) => $"https://github.test/acme/demo/actions/runs/{run.Id}";

    JsonObject RunOf(WorkflowRun run) => new()
    {
        ["id"] = run.Id,
        ["name"] = "TaskBot dispatched",
        ["path"] = run.Path,
        ["head_sha"] = run.Head,
        ["head_branch"] = run.Branch,
        ["event"] = "workflow_dispatch",
        ["status"] = run.Conclusion is null ? "in_progress" : "completed",
        ["conclusion"] = run.Conclusion,
        ["display_title"] = run.Title,
        ["run_attempt"] = 1,
        ["html_url"] = PageOf(run),
        ["url"] = $"{Url}repos/acme/demo/actions/runs/{run.Id}",
        ["created_at"] = Text(run.At),
        ["updated_at"] = Text(run.At),
        ["actor"] = UserOf(run.By),
        ["triggering_actor"] = UserOf(run.By),
        ["pull_requests"] = new JsonArray(),
    };

    sealed class WorkflowRun(long id, string path, string head, string branch, string title, string by, DateTimeOffset at)
    {
        public long Id { get; } = id;

        public string Path { get; } = path;

        public string Head { get; } = head;

        public string Branch { get; } = branch;

        public string Title { get; } = title;

        public string By { get; } = by;

        public DateTimeOffset At { get; } = at;

        public string? Conclusion { get; set; }
    }
}

/// <summary>A job that GitHub starts.</summary>
/// <param name="Run">The workflow run's id.</param>
/// <param name="WorkflowRef">As the job's token says it.</param>
public sealed record SimulatedJob(long Run, int Attempt, string WorkflowRef, IReadOnlyDictionary<string, string> Inputs);
