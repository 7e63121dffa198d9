using System.Text;
using System.Text.Json.Nodes;

namespace TaskBot.Testing.GitHub;

/// <content>The repository: its branches, files and git objects.</content>
public sealed partial class SimulatedGitHub
{
    JsonObject ContentOf(string path, byte[] file) => new()
    {
        ["type"] = "file",
        ["path"] = path,
        ["name"] = path.Split('/')[^1],
        ["sha"] = _git.AddBlob(file),
        ["size"] = file.Length,
        ["encoding"] = "base64",
        ["content"] = Convert.ToBase64String(file),
        ["url"] = "https://github.test",
        ["git_url"] = null,
        ["html_url"] = null,
        ["download_url"] = null,
        ["_links"] = new JsonObject { ["self"] = "https://github.test", ["git"] = null, ["html"] = null },
    };

    void AddRepositoryRoutes(Action<string, string, string, Endpoint> add)
    {
        add("GET", "", "repos/get", _ => Ok(RepositoryOf()));
        add("GET", "/collaborators/(?<name>[^/]+)/permission", "repos/get-collaborator-permission-level", request =>
        {
            var permission = Permissions.TryGetValue(request.Name, out var known) ? known : "none";
            return Ok(new JsonObject { ["permission"] = permission, ["role_name"] = permission, ["user"] = UserOf(request.Name) });
        });
        add("GET", "/rules/branches/(?<name>.+)", "repos/get-branch-rules", _ => Ok(new JsonArray()));
        add("GET", "/branches/(?<name>.+)", "repos/get-branch", request => _refs.TryGetValue($"heads/{request.Name}", out var head)
            ? Ok(new JsonObject { ["name"] = request.Name, ["protected"] = false, ["commit"] = new JsonObject { ["sha"] = head } }) : Problem(404, "Branch not found"));
        add("GET", "/contents/(?<name>.+)", "repos/get-content", request =>
        {
            var reference = request.Query.GetValueOrDefault("ref", "main");
            return (_refs.GetValueOrDefault($"heads/{reference}") ?? reference) is { } commit && _git.FindCommit(commit) is not null && _git.ReadFile(commit, request.Name) is { } file
                ? Ok(ContentOf(request.Name, file))
                : NotFound;
        });
        add("GET", "/commits/(?<name>[0-9a-f]{40})/pulls", "repos/list-pull-requests-associated-with-commit", request =>
            Ok(new JsonArray([.. _issues.Where(issue => issue.Pull?.Head == request.Name).Select(PullOf)])));
        add("GET", "/git/ref/(?<name>.+)", "git/get-ref", request => _refs.TryGetValue(request.Name, out var id) ? Ok(RefOf(request.Name, id)) : NotFound);
        add("GET", "/git/matching-refs/(?<name>.+)", "git/list-matching-refs", request =>
            Ok(new JsonArray([.. _refs.Where(pair => pair.Key.StartsWith(request.Name, StringComparison.Ordinal)).Select(pair => RefOf(pair.Key, pair.Value))])));
        add("POST", "/git/refs", "git/create-ref", request =>
        {
            var name = request.Text("ref")["refs/".Length..];
            if (_refs.ContainsKey(name)) return Problem(422, "Reference already exists");
            if (_git.FindCommit(request.Text("sha")) is null) return Problem(422, "Object does not exist");
            MoveBranch(name["heads/".Length..], request.Text("sha"), request.Caller);
            return Ok(RefOf(name, request.Text("sha")), 201);
        });
        add("PATCH", "/git/refs/(?<name>.+)", "git/update-ref", request =>
        {
            if (!_refs.TryGetValue(request.Name, out var before)) return Problem(422, "Reference does not exist");
            var commit = request.Text("sha");
            if (_git.FindCommit(commit) is not { } found) return Problem(422, "Object does not exist");
            if ((bool?)request.Body["force"] != true && !found.Parents.Contains(before)) return Problem(422, "Update is not a fast forward");
            if (before != commit) MoveBranch(request.Name["heads/".Length..], commit, request.Caller);
            return Ok(RefOf(request.Name, commit));
        });
        add("DELETE", "/git/refs/(?<name>.+)", "git/delete-ref", request => _refs.Remove(request.Name) ? new(204) : Problem(422, "Reference does not exist"));
        add("POST", "/git/blobs", "git/create-blob", request =>
        {
            var text = request.Text("content");
            var id = _git.AddBlob(request.Text("encoding") == "base64" ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text));
            return Ok(new JsonObject { ["sha"] = id, ["url"] = $"{Url}{Repository[1..]}/git/blobs/{id}" }, 201);
        });
        add("POST", "/git/trees", "git/create-tree", request =>
        {
            var changes = request.Body["tree"]!.AsArray().Select(entry => ((string)entry!["path"]!, (string)entry["mode"]!, (string?)entry["sha"]));
            return Ok(TreeOf(_git.Change((string?)request.Body["base_tree"], changes)), 201);
        });
        add("GET", "/git/commits/(?<name>[0-9a-f]+)", "git/get-commit", request => _git.FindCommit(request.Name) is null ? NotFound : Ok(GitCommitOf(request.Name)));
        add("POST", "/git/commits", "git/create-commit", request =>
        {
            var parents = request.Body["parents"]?.AsArray().Select(parent => (string)parent!).ToArray() ?? [];
            var id = _git.AddCommit(new(request.Text("tree"), parents, request.Text("message"), $"{request.Caller} <{IdOf(request.Caller)}+{request.Caller}@users.noreply.github.com>", time.GetUtcNow()));
            return Ok(GitCommitOf(id), 201);
        });
    }

    JsonObject RefOf(string name, string id) => new()
    {
        ["ref"] = $"refs/{name}",
        ["node_id"] = $"REF_{id}",
        ["url"] = $"{Url}{Repository[1..]}/git/refs/{name}",
        ["object"] = new JsonObject { ["type"] = "commit", ["sha"] = id, ["url"] = $"{Url}{Repository[1..]}/git/commits/{id}" },
    };

    JsonObject TreeOf(string id) => new()
    {
        ["sha"] = id,
        ["url"] = $"{Url}{Repository[1..]}/git/trees/{id}",
        ["truncated"] = false,
        ["tree"] = new JsonArray([.. _git.FindTree(id)!.Select(entry => EntryOf(entry, entry.Name))]),
    };

    JsonObject GitCommitOf(string id)
    {
        var commit = _git.FindCommit(id)!;
        return new()
        {
            ["sha"] = id,
            // As GitHub does: line ends at the end and the offsets of times are not told.
            ["message"] = commit.Message.TrimEnd('\n'),
            ["author"] = By(),
            ["committer"] = By(),
            ["verification"] = new JsonObject { ["verified"] = false, ["reason"] = "unsigned", ["signature"] = null, ["payload"] = null, ["verified_at"] = null },
            ["tree"] = new JsonObject { ["sha"] = commit.Tree, ["url"] = $"{Url}{Repository[1..]}/git/trees/{commit.Tree}" },
            ["parents"] = new JsonArray([.. commit.Parents.Select(parent => new JsonObject { ["sha"] = parent, ["url"] = $"{Url}{Repository[1..]}/git/commits/{parent}", ["html_url"] = $"https://github.test/acme/demo/commit/{parent}" })]),
        };

        JsonObject By()
        {
            var parts = commit.Author.TrimEnd('>').Split(" <");
            return new JsonObject { ["name"] = parts[0], ["email"] = parts[1], ["date"] = Text(commit.At) };
        }
    }
}
