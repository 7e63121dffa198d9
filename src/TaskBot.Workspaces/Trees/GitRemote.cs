using System.Text;

namespace TaskBot.Workspaces.Trees;

/// <summary>What an HTTPS remote asks for; sent to that remote's address only, and never stored or shown.</summary>
public sealed record GitCredential(string UserName, string Password)
{
    /// <summary>The name, so that a log cannot have the password.</summary>
    public override string ToString() => $"{UserName}:***";
}

/// <summary>
/// Another repository to fetch from and push to: a local folder, or an address of http, https or ssh. The hooks and settings of a
/// local folder do not run either.
/// </summary>
public sealed class GitRemote
{
    // The other side of a local folder is a git process too, and inherits none of our settings by itself.
    const string Hardened =
        "git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.alternateRefsCommand= -c gc.auto=0 -c 'safe.directory=*' "
        + "-c uploadpack.allowFilter=true -c uploadpack.allowAnySHA1InWant=true";

    readonly GitRepository repository;
    readonly string address;
    readonly GitCredential? credential;

    public GitRemote(GitRepository repository, string address, GitCredential? credential = null)
    {
        var isFolder = !address.Contains("://", StringComparison.Ordinal) && Path.IsPathRooted(address);
        string[] schemes = ["file://", "http://", "https://", "ssh://"];
        if (!isFolder && !schemes.Any(scheme => address.StartsWith(scheme, StringComparison.Ordinal)))
            throw new ArgumentException("A remote is an absolute folder or an address of file, http, https or ssh.", nameof(address));
        if (address.StartsWith("http", StringComparison.Ordinal) && new Uri(address).UserInfo.Length > 0)
            throw new ArgumentException("A remote's address has no user and password; give them as a credential.", nameof(address));
        if (credential is not null && !address.StartsWith("http", StringComparison.Ordinal))
            throw new ArgumentException("A credential goes with an address of http or https.", nameof(credential));
        this.repository = repository;
        this.address = address;
        this.credential = credential;
    }

    /// <summary>Brings refs and their objects into the repository, and removes refs that the other side no longer has.</summary>
    /// <param name="refspecs">Such as <c>+refs/heads/*:refs/heads/*</c> for a mirror.</param>
    /// <param name="blobless">Leaves the files' contents there, to be fetched when they are read; all of it comes where the other side cannot.</param>
    public async Task FetchAsync(IReadOnlyList<string> refspecs, bool blobless, CancellationToken cancellationToken)
    {
        // Git fetches into a front of our own that starts with the repository's refs; what then differs is written to the repository.
        using var front = await FrontAsync(blobless, cancellationToken);
        var before = await RawRefsAsync(repository.GitPlace, cancellationToken);
        await File.WriteAllLinesAsync(front.File("packed-refs"), before.Select(found => $"{found.Value} {found.Key}"), cancellationToken);
        string[] arguments =
        [
            "fetch", "--quiet", "--prune", "--no-tags", "--no-auto-gc", "--no-recurse-submodules", "--no-write-fetch-head", "--update-head-ok",
            $"--upload-pack={Other("upload-pack")}", .. blobless ? ["--filter=blob:none", GitFolder.Promisor] : new[] { address }, .. refspecs,
        ];
        OrThrow(await GitProgram.RunAsync(Call(front, arguments), cancellationToken));
        var after = await RawRefsAsync(front.Path, cancellationToken);
        var nothing = new string('0', repository.IdDigits);
        var updates = new StringBuilder();
        foreach (var name in before.Keys.Union(after.Keys))
        {
            var (old, @new) = (before.GetValueOrDefault(name, nothing), after.GetValueOrDefault(name, nothing));
            if (old != @new)
                updates.Append($"update {name}\0{@new}\0{old}\0");
        }
        (await repository.RunInPlaceAsync(
            ["update-ref", "--no-deref", "--stdin", "-z"], cancellationToken, Encoding.UTF8.GetBytes(updates.ToString()))).OrThrow();
    }

    /// <summary>Brings objects that a blobless fetch left there, all in one exchange.</summary>
    /// <param name="ids">Full ids.</param>
    internal async Task FetchObjectsAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        using var front = await FrontAsync(blobless: true, cancellationToken);
        // As git itself does it: nothing that we have is told, for nothing that we have spares the other side these.
        string[] arguments =
        [
            "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-auto-gc", "--no-recurse-submodules", "--no-write-fetch-head",
            $"--upload-pack={Other("upload-pack")}", "--filter=blob:none", "--stdin", GitFolder.Promisor,
        ];
        var call = Call(front, arguments) with { Input = Encoding.ASCII.GetBytes(string.Concat(ids.Select(id => id + "\n"))) };
        OrThrow(await GitProgram.RunAsync(call, cancellationToken));
    }

    void OrThrow(GitOutput fetched)
    {
        if (fetched.ExitCode != 0)
            throw new GitException(GitProblem.CommandFailed, $"git fetch from '{address}' ended with {fetched.ExitCode}: {fetched.Error.Trim()}");
    }

    /// <summary>Points a ref of the other side at a commit.</summary>
    /// <param name="name">Such as <c>refs/heads/taskbot/7</c>.</param>
    /// <param name="expected">Where the ref must be now; null when it must not exist.</param>
    public Task<RefUpdate> PushAsync(string name, CommitId commit, CommitId? expected, CancellationToken cancellationToken) =>
        PushAsync(name, commit.Value, expected, cancellationToken);

    /// <summary>Removes a ref of the other side that is where the caller expects it.</summary>
    public Task<RefUpdate> DeleteAsync(string name, CommitId expected, CancellationToken cancellationToken) =>
        PushAsync(name, "", expected, cancellationToken);

    async Task<RefUpdate> PushAsync(string name, string source, CommitId? expected, CancellationToken cancellationToken)
    {
        using var front = await FrontAsync(repository.IsPartial, cancellationToken);
        string[] arguments =
        [
            "push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no", "--no-thin",
            $"--receive-pack={Other("receive-pack")}", $"--force-with-lease={name}:{expected?.Value}", address, $"{source}:{name}",
        ];
        var call = Call(front, arguments);
        // Packing looks at the old versions of changed files; a partial clone gets them from this same remote.
        if (repository.IsPartial)
            call = call with { Environment = new Dictionary<string, string>(call.Environment) { ["GIT_NO_LAZY_FETCH"] = "0" } };
        var pushed = await GitProgram.RunAsync(call, cancellationToken);
        // !<tab>source:ref<tab>[rejected] (stale info)
        var line = pushed.Text.Split('\n').FirstOrDefault(line => line.Length > 1 && line[1] == '\t' && line.Contains(name, StringComparison.Ordinal));
        if (pushed.ExitCode == 0 && line is not null)
            return new RefUpdate.Done();
        if (line is null || line[0] != '!')
            throw new GitException(GitProblem.CommandFailed, $"git push to '{address}' ended with {pushed.ExitCode}: {pushed.Error.Trim()}");
        var reason = line.Split('\t')[^1];
        return reason.Contains("stale info", StringComparison.Ordinal) || reason.Contains("failed to lock", StringComparison.Ordinal)
            || reason.Contains("remote ref updated", StringComparison.Ordinal)
            ? new RefUpdate.Moved(Actual: null)
            : new RefUpdate.Refused(reason);
    }

    string Other(string command) => address.Contains("://", StringComparison.Ordinal) && !address.StartsWith("file:", StringComparison.Ordinal)
        ? "git-" + command
        : $"{Hardened} {command}";

    /// <summary>A git folder of our own that knows where a shallow clone's history ends.</summary>
    async Task<GitFolder> FrontAsync(bool blobless, CancellationToken cancellationToken)
    {
        var shallow = await repository.RunInPlaceAsync(["rev-parse", "--path-format=absolute", "--git-path", "shallow"], cancellationToken);
        var front = GitFolder.CreateTemporary(repository.IdDigits == 64, blobless ? address : null);
        if (File.Exists(shallow.OrThrow().Text))
            File.Copy(shallow.Text, front.File("shallow"));
        return front;
    }

    async Task<Dictionary<string, string>> RawRefsAsync(string gitFolder, CancellationToken cancellationToken)
    {
        var call = new GitCall(gitFolder, "for-each-ref", "--format=%(objectname) %(refname)") { Environment = repository.ObjectsBehind(gitFolder) };
        var listed = (await GitProgram.RunAsync(call, cancellationToken)).OrThrow().Text;
        return listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).ToDictionary(pair => pair[1], pair => pair[0]);
    }

    GitCall Call(GitFolder front, IReadOnlyList<string> arguments)
    {
        var environment = new Dictionary<string, string>(repository.ObjectsBehind(front.Path));
        if (credential is not null)
        {
            // In the environment and bound to the address: neither a process list nor a redirect to elsewhere shows it.
            var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}"));
            environment["GIT_CONFIG_COUNT"] = "1";
            environment["GIT_CONFIG_KEY_0"] = $"http.{address}.extraHeader";
            environment["GIT_CONFIG_VALUE_0"] = $"Authorization: Basic {basic}";
        }
        return new GitCall(front.Path, arguments) { Environment = environment, Network = true };
    }
}
