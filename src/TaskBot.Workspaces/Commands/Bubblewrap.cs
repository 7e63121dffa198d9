namespace TaskBot.Workspaces.Commands;

/// <summary>The arguments that put a command into bubblewrap: everything readable but the user's home, nothing writable but what is named.</summary>
static class Bubblewrap
{
    /// <param name="program">bwrap's absolute file.</param>
    /// <param name="userHomes">The real home, hidden; tools below it that PATH and the environment name stay readable.</param>
    public static IEnumerable<string> Arguments(
        string program, CommandRequest request, string home, string temporary, IEnumerable<string> userHomes, IReadOnlyDictionary<string, string> variables)
    {
        yield return program;
        // Without --die-with-parent: that follows the thread that started the process, and .NET's threads come and go.
        string[] always =
        [
            "--unshare-user-try", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run",
        ];
        foreach (var argument in always)
            yield return argument;
        if (!request.Network)
        {
            yield return "--unshare-net";
        }
        else if (Directory.Exists("/run/systemd/resolve"))
        {
            // Where /etc/resolv.conf leads to.
            foreach (var argument in (string[])["--ro-bind", "/run/systemd/resolve", "/run/systemd/resolve"])
                yield return argument;
        }
        foreach (var userHome in userHomes.Distinct(StringComparer.Ordinal).Where(folder => folder.Length > 1 && Directory.Exists(folder)))
        {
            foreach (var argument in (string[])["--tmpfs", userHome])
                yield return argument;
            foreach (var tools in ToolFolders(userHome, variables))
                foreach (var argument in (string[])["--ro-bind-try", tools, tools])
                    yield return argument;
        }
        foreach (var folder in (string[])[home, temporary, .. request.WritableFolders, request.WorkingFolder])
            foreach (var argument in (string[])["--bind", folder, folder])
                yield return argument;
        foreach (var argument in (string[])["--chdir", request.WorkingFolder, "--"])
            yield return argument;
    }

    /// <summary>
    /// Folders below the hidden home that the command's own variables name (PATH's, DOTNET_ROOT, CARGO_HOME and the like), and of the tool
    /// managers behind them the whole folder: a shim of pyenv's on PATH is nothing without the versions beside it. No other file of the home.
    /// </summary>
    internal static IEnumerable<string> ToolFolders(string userHome, IReadOnlyDictionary<string, string> variables) =>
        variables.Where(variable => variable.Key is not ("HOME" or "TMPDIR"))
            .SelectMany(variable => variable.Value.Split(':'))
            .Where(folder => folder.StartsWith(userHome + "/", StringComparison.Ordinal) && Directory.Exists(folder))
            .SelectMany(folder => Managers.Where(manager => IsBelow(folder, Path.Combine(userHome, manager))).Select(manager => Path.Combine(userHome, manager)).Prepend(folder))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    static bool IsBelow(string folder, string top) => folder.StartsWith(top + "/", StringComparison.Ordinal);

    /// <summary>Folders of tool managers, below the home, that have programs and no credentials in them.</summary>
    static readonly string[] Managers =
        [".pyenv", ".rbenv", ".nodenv", ".goenv", ".jenv", ".nvm", ".volta", ".fnm", ".asdf/installs", ".asdf/shims", ".sdkman/candidates", ".rustup/toolchains", ".local/share/mise/installs"];
}
