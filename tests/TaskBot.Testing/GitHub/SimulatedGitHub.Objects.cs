using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace TaskBot.Testing.GitHub;

/// <content>Objects by their ids, and archives: what code is read by where git's own protocol is not used.</content>
public sealed partial class SimulatedGitHub
{
    /// <summary>Entries that a recursive listing tells at most.</summary>
    public int LongestListing { get; set; } = 100_000;

    /// <summary>Puts a commit with these entries on a branch, on top of what is there.</summary>
    /// <param name="entries">Of a submodule (mode 160000) the content is the id of its commit.</param>
    public string PushEntries(string branch, string by, params IEnumerable<(string Path, string Mode, byte[] Content)> entries)
    {
        lock (_lock)
        {
            var head = _refs.GetValueOrDefault($"heads/{branch}");
            var tree = _git.Change(
                head is null ? null : _git.FindCommit(head)!.Tree,
                entries.Select(entry => (entry.Path, entry.Mode, (string?)(entry.Mode == "160000" ? Encoding.ASCII.GetString(entry.Content) : _git.AddBlob(entry.Content)))));
            var commit = _git.AddCommit(new(tree, head is null ? [] : [head], "Work\n", $"{by} <{by}@example.com>", time.GetUtcNow()));
            MoveBranch(branch, commit, by);
            return commit;
        }
    }

    /// <summary>The tree of a commit, by its id.</summary>
    public string TreeOfCommit(string commit)
    {
        lock (_lock) return _git.FindCommit(commit)!.Tree;
    }

    /// <summary>A commit's files as git itself archives them, at the path that the API's redirect leads to; null elsewhere.</summary>
    public async Task<byte[]?> ReadArchiveAsync(string path)
    {
        const string Place = "/_archives/";
        if (!path.StartsWith(Place, StringComparison.Ordinal)) return null;
        var commit = path[Place.Length..];
        var folder = Directory.CreateTempSubdirectory("taskbot-archive-");
        try
        {
            await GitAsync("init", "-q", "--bare", ".");
            lock (_lock) _git.WriteTo(Path.Combine(folder.FullName, "objects"));
            return await GitAsync("archive", "--format=tar.gz", $"--prefix=acme-demo-{commit[..7]}/", commit);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        async Task<byte[]> GitAsync(params string[] arguments)
        {
            var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true, UseShellExecute = false };
            foreach (var name in new[] { "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM" }) start.Environment[name] = "/dev/null";
            using var process = Process.Start(start)!;
            using var output = new MemoryStream();
            await process.StandardOutput.BaseStream.CopyToAsync(output);
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? output.ToArray() : throw new InvalidOperationException($"git {arguments[0]} ended with {process.ExitCode}.");
        }
    }

    void AddObjectRoutes(Action<string, string, string, Endpoint> add)
    {
        // Only a commit's id is asked for: a branch may move between two questions.
        add("GET", "/tarball/(?<name>[0-9a-f]{40})", "repos/download-tarball-archive", request =>
            _git.FindCommit(request.Name) is null ? NotFound : new(302, Location: new Uri(LogsUrl, $"/_archives/{request.Name}").AbsoluteUri));
        add("GET", "/git/blobs/(?<name>[0-9a-f]{40})", "git/get-blob", request => _git.FindBlob(request.Name) is not { } content ? NotFound : Ok(new JsonObject
        {
            ["sha"] = request.Name,
            ["size"] = content.Length,
            ["encoding"] = "base64",
            ["content"] = Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks),
            ["url"] = $"{Url}{Repository[1..]}/git/blobs/{request.Name}",
            ["node_id"] = $"B_{request.Name}",
        }));
        add("GET", "/git/trees/(?<name>[0-9a-f]{40})", "git/get-tree", request =>
        {
            if (_git.FindTree(request.Name) is null) return NotFound;
            if (!request.Query.ContainsKey("recursive")) return Ok(TreeOf(request.Name));
            var all = Below(request.Name, "").ToList();
            var told = TreeOf(request.Name);
            told["truncated"] = all.Count > LongestListing;
            told["tree"] = new JsonArray([.. all.Take(LongestListing)]);
            return Ok(told);
        });

        IEnumerable<JsonObject> Below(string tree, string prefix) => _git.FindTree(tree)!.SelectMany(entry =>
            (entry.IsTree ? Below(entry.Id, $"{prefix}{entry.Name}/") : []).Prepend(EntryOf(entry, prefix + entry.Name)));
    }

    static JsonObject EntryOf(SimulatedTreeEntry entry, string path) =>
        new() { ["path"] = path, ["mode"] = entry.Mode, ["type"] = entry.IsTree ? "tree" : entry.Mode == "160000" ? "commit" : "blob", ["sha"] = entry.Id };
}
