using System.Text.Json.Nodes;

namespace TaskBot.Testing.GitHub;

/// <content>Check runs, statuses, and the jobs behind them.</content>
public sealed partial class SimulatedGitHub
{
    void AddCheckRoutes(Action<string, string, string, Endpoint> add)
    {
        Endpoint OnCheck(Func<Request, CheckRun, SimulatedAnswer> endpoint) => request => _checks.FirstOrDefault(check => check.Id == request.Id) is { } found ? endpoint(request, found) : NotFound;
        add("POST", "/check-runs", "checks/create", request =>
        {
            var check = new CheckRun(++_ids, request.Text("name"), request.Text("head_sha"), request.Caller, time.GetUtcNow());
            _checks.Add(check);
            Write(check, request.Body);
            Emit("check_run", check.Conclusion is null ? "created" : "completed", request.Caller, new JsonObject { ["check_run"] = CheckOf(check) });
            return Ok(CheckOf(check), 201);
        });
        add("PATCH", "/check-runs/(?<id>\\d+)", "checks/update", OnCheck((request, check) =>
        {
            Write(check, request.Body);
            if (check.Conclusion is not null) Emit("check_run", "completed", request.Caller, new JsonObject { ["check_run"] = CheckOf(check) });
            return Ok(CheckOf(check));
        }));
        add("GET", "/check-runs/(?<id>\\d+)", "checks/get", OnCheck((_, check) => Ok(CheckOf(check))));
        add("GET", "/check-runs/(?<id>\\d+)/annotations", "checks/list-annotations", OnCheck((_, check) => Ok(new JsonArray([.. check.Annotations.Select(annotation => annotation.DeepClone())]))));
        add("GET", "/check-suites/(?<id>\\d+)/check-runs", "checks/list-for-suite", request => Ok(PageOf("check_runs", _checks.Where(check => check.Suite == request.Id).Select(CheckOf))));
        add("GET", "/commits/(?<name>.+)/check-runs", "checks/list-for-ref", request =>
        {
            var head = _refs.GetValueOrDefault($"heads/{request.Name}") ?? request.Name;
            return Ok(PageOf("check_runs", _checks.Where(check => check.Head == head && (!request.Query.TryGetValue("check_name", out var name) || check.Name == name)).Select(CheckOf)));
        });
        add("POST", "/statuses/(?<name>[0-9a-f]{40})", "repos/create-commit-status", request =>
        {
            var status = new Status(++_ids, request.Name, request.Text("state"), (string?)request.Body["context"] ?? "default", (string?)request.Body["description"], time.GetUtcNow());
            _statuses.Add(status);
            return Ok(new JsonObject { ["id"] = status.Id, ["state"] = status.State, ["context"] = status.Context, ["description"] = status.Description }, 201);
        });
        add("GET", "/commits/(?<name>.+)/status", "repos/get-combined-status-for-ref", request =>
        {
            var head = _refs.GetValueOrDefault($"heads/{request.Name}") ?? request.Name;
            var latest = _statuses.Where(status => status.Sha == head).GroupBy(status => status.Context, StringComparer.Ordinal).Select(group => group.Last()).ToList();
            var state = latest.Exists(status => status.State is "failure" or "error") ? "failure" : latest.Count == 0 || latest.Exists(status => status.State == "pending") ? "pending" : "success";
            return Ok(new JsonObject
            {
                ["state"] = state,
                ["sha"] = head,
                ["total_count"] = latest.Count,
                ["repository"] = RepositoryOf(),
                ["statuses"] = new JsonArray([.. latest.Select(status => new JsonObject { ["id"] = status.Id, ["state"] = status.State, ["context"] = status.Context, ["description"] = status.Description })]),
            });
        });
        add("GET", "/actions/jobs/(?<id>\\d+)", "actions/get-job-for-workflow-run", OnCheck((_, check) => Ok(JobOf(check))));
        add("GET", "/actions/jobs/(?<id>\\d+)/logs", "actions/download-job-logs-for-workflow-run", OnCheck((_, check) => new(302, Location: new Uri(LogsUrl, $"/_logs/{check.Id}").AbsoluteUri)));
        add("GET", "/actions/runs/(?<id>\\d+)/jobs", "actions/list-jobs-for-workflow-run", request => Ok(PageOf("jobs", _checks.Where(check => check.Suite == request.Id).Select(JobOf))));
        add("POST", "/actions/jobs/(?<id>\\d+)/rerun", "actions/re-run-job-for-workflow-run", OnCheck((_, check) => Rerun([check])));
        add("POST", "/actions/runs/(?<id>\\d+)/rerun-failed-jobs", "actions/re-run-workflow-failed-jobs", request => Rerun([.. _checks.Where(check => check.Suite == request.Id && check.Conclusion == "failure")]));
    }

    /// <summary>The log of a job, from the host that logs are on; null where there is none.</summary>
    public string? ReadLog(string path)
    {
        lock (_lock) return _checks.FirstOrDefault(check => path == $"/_logs/{check.Id}")?.Log;
    }

    /// <summary>A job that is run again is another job, with a check run of its own; what lists the latest shows that one alone.</summary>
    SimulatedAnswer Rerun(IReadOnlyList<CheckRun> checks)
    {
        foreach (var check in checks)
        {
            var again = new CheckRun(++_ids, check.Name, check.Head, check.By, time.GetUtcNow()) { Suite = check.Suite };
            _checks[_checks.IndexOf(check)] = again;
            Emit("check_run", "created", ActionsBot, new JsonObject { ["check_run"] = CheckOf(again) });
        }

        return Ok(new JsonObject(), 201);
    }

    static JsonObject PageOf(string name, IEnumerable<JsonObject> items)
    {
        var array = new JsonArray([.. items]);
        return new() { ["total_count"] = array.Count, [name] = array };
    }

    void Write(CheckRun check, JsonObject body)
    {
        check.Name = (string?)body["name"] ?? check.Name;
        if ((string?)body["conclusion"] is { } conclusion) (check.Conclusion, check.CompletedAt) = (conclusion, time.GetUtcNow());
        else if ((string?)body["status"] is "in_progress" or "queued") (check.Conclusion, check.CompletedAt) = (null, null);
        if (body["output"] is not JsonObject output) return;
        (check.Title, check.Summary) = ((string?)output["title"], (string?)output["summary"]);
        foreach (var annotation in output["annotations"]?.AsArray() ?? []) check.Annotations.Add((JsonObject)annotation!.DeepClone());
    }
}
