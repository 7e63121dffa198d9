namespace TaskBot.Workspaces.Commands;

/// <summary>Which variables a command sees: a short list of this process's own, some that make tools quiet, and what the project declares.</summary>
static class CommandEnvironment
{
    /// <summary>Where tools are and how they speak; none of these carries a secret.</summary>
    static readonly HashSet<string> Passed = new(StringComparer.Ordinal)
    {
        "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SystemRoot", "PATHEXT",
        "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "DOTNET_CLI_TELEMETRY_OPTOUT",
        "DOTNET_CLI_UI_LANGUAGE", "DOTNET_NOLOGO", "DOTNET_ROLL_FORWARD", "NUGET_PACKAGES", "NUGET_FALLBACK_PACKAGES", "NUGET_XMLDOC_MODE",
        "JAVA_HOME", "MAVEN_HOME", "GRADLE_HOME", "GOROOT", "GOPROXY", "GOFLAGS", "CARGO_HOME", "RUSTUP_HOME", "NVM_DIR", "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "VIRTUAL_ENV", "npm_config_registry", "NPM_CONFIG_REGISTRY", "PIP_INDEX_URL",
    };

    /// <summary>Variables of tool managers, and what they are below the home when nobody set them. rustup's has toolchains and settings only.</summary>
    static readonly (string Variable, string Folder)[] HomeTools = [("RUSTUP_HOME", ".rustup"), ("PYENV_ROOT", ".pyenv"), ("NVM_DIR", ".nvm"), ("SDKMAN_DIR", ".sdkman/candidates")];

    static readonly string[] Proxies = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

    /// <summary>Nobody watches: no colours, no prompts, no servers that outlive the command.</summary>
    static readonly Dictionary<string, string> Quiet = new(StringComparer.Ordinal)
    {
        ["CI"] = "true",
        ["TERM"] = "dumb",
        ["NO_COLOR"] = "1",
        ["PAGER"] = "cat",
        ["DEBIAN_FRONTEND"] = "noninteractive",
        ["GIT_TERMINAL_PROMPT"] = "0",
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["PYTHONDONTWRITEBYTECODE"] = "1",
    };

    /// <summary>The command's variables, and the declared ones that it does not get.</summary>
    public static (Dictionary<string, string> Variables, IReadOnlyList<string> Withheld) Make(
        CommandRequest request, string home, string temporary, IReadOnlyDictionary<string, string> ours)
    {
        var made = new Dictionary<string, string>(Quiet, StringComparer.Ordinal);
        foreach (var (name, value) in ours)
            if ((Passed.Contains(name) || (request.Network && Proxies.Contains(name))) && !HasPassword(value))
                made[name] = value;
        made.TryAdd("PATH", "/usr/local/bin:/usr/bin:/bin");
        made.TryAdd("LANG", "C.UTF-8");
        // What the tools on PATH look for in the real home, which the command does not have.
        if (ours.TryGetValue("HOME", out var userHome) && userHome.Length > 1)
            foreach (var (name, folder) in HomeTools)
                if (Directory.Exists(Path.Combine(userHome, folder)))
                    made.TryAdd(name, Path.Combine(userHome, folder));
        made["HOME"] = home;
        made["TMPDIR"] = temporary;
        foreach (var (name, value) in request.Environment)
            if (!IsWithheld(name))
                made[name] = value;
        foreach (var (name, value) in request.Secrets)
            made[name] = value;
        return (made, [.. request.Environment.Keys.Where(IsWithheld).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Names of secrets, and of the files and variables by which a step steers its workflow or this program.</summary>
    public static bool IsWithheld(string name)
    {
        var upper = name.ToUpperInvariant();
        string[] prefixes = ["ACTIONS_", "INPUT_", "TASKBOT_"];
        string[] suffixes = ["TOKEN", "_KEY", "APIKEY", "_PAT", "_PASS", "_AUTH"];
        string[] parts = ["SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "PRIVATE_KEY", "CONNECTIONSTRING"];
        string[] names =
        [
            "GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "SSH_AUTH_SOCK", "SSH_ASKPASS", "GIT_ASKPASS",
        ];
        return prefixes.Any(prefix => upper.StartsWith(prefix, StringComparison.Ordinal))
            || suffixes.Any(suffix => upper.EndsWith(suffix, StringComparison.Ordinal))
            || parts.Any(part => upper.Contains(part, StringComparison.Ordinal))
            || names.Contains(upper);
    }

    /// <summary>A proxy's or registry's address may carry a user and a password.</summary>
    static bool HasPassword(string value) => Uri.TryCreate(value, UriKind.Absolute, out var address) && address.UserInfo.Length > 0;
}
