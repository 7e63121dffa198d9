using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains;

/// <summary>Reads from a tree's files how to build and test it. The project's own commands win; then the marks nearest to the root.</summary>
public static partial class ToolchainDetector
{
    /// <summary>A mark deeper than this belongs to a sample or a fixture more often than to the project.</summary>
    const int DeepestFolder = 2;

    static readonly string[] Skipped = ["node_modules", "vendor", "third_party", "testdata", "fixtures", "examples", "samples"];

    /// <summary>What a project uses, in the order in which to try; the first has the project's own commands, where it names some.</summary>
    public static async Task<IReadOnlyList<Toolchain>> DetectAsync(IFileTree files, ProjectCommands? own, CancellationToken cancellationToken)
    {
        var paths = (await files.ListAsync(cancellationToken)).Where(IsNear).ToList();
        var found = new List<Toolchain>();
        // Folders nearer the root first; within a folder, the order in which the detectors stand.
        foreach (var folder in paths.GroupBy(FolderOf).OrderBy(folder => folder.Key.Count(c => c == '/') + (folder.Key.Length > 0 ? 1 : 0))
            .ThenBy(folder => folder.Key, StringComparer.Ordinal))
        {
            var names = folder.Select(path => path[(folder.Key.Length == 0 ? 0 : folder.Key.Length + 1)..]).ToHashSet(StringComparer.Ordinal);
            var here = new Place(files, folder.Key, names, paths);
            foreach (var detector in Detectors)
                if (await detector(here, cancellationToken) is { } toolchain && !found.Any(known => Covers(known, toolchain)))
                    found.Add(toolchain);
        }
        // Its commands prepare a container and say nothing of builds and tests, so any tool's own files say more.
        if (found.Count == 0 && await DevContainer.ReadAsync(files, cancellationToken) is { PostCreate: [_, ..] lines } container)
            found.Add(new Toolchain("devcontainer", "", string.Join(" && ", lines), null, null, [], container.Path));
        if (own is null or { Restore: null, Build: null, Test: null })
            return found;
        var first = found.FirstOrDefault();
        var project = new Toolchain(
            "project", "", own.Restore ?? first?.Restore, own.Build ?? first?.Build, own.Test ?? first?.Test,
            own.Test is null ? first?.Reports ?? [] : [], "the project's own commands");
        // A detected line that stays runs where it was detected.
        if (first is { Folder.Length: > 0 } && (own.Restore ?? own.Build ?? own.Test) is not null)
            project = project with { Restore = own.Restore, Build = own.Build, Test = own.Test };
        return [project, .. found];
    }

    /// <summary>The same tool further up builds what is below; a test script is the last resort.</summary>
    static bool Covers(Toolchain known, Toolchain other) =>
        (known.Name == other.Name || (other.Name is "make" or "shell" && (known.Test is not null || other.Test is null))) &&
        (known.Folder.Length == 0 || known.Folder == other.Folder || other.Folder.StartsWith(known.Folder + "/", StringComparison.Ordinal));

    static bool IsNear(string path) =>
        path.Count(c => c == '/') <= DeepestFolder && !path.Split('/')[..^1].Any(part => Skipped.Contains(part) || part.StartsWith('.'));

    static string FolderOf(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "";

    /// <summary>One folder and what stands in it.</summary>
    sealed record Place(IFileTree Files, string Folder, IReadOnlySet<string> Names, IReadOnlyList<string> Paths)
    {
        public string? First(params string[] endings) =>
            endings.SelectMany(ending => Names.Where(name => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal))
                .FirstOrDefault();

        public bool Has(string name) => Names.Contains(name);

        public string Path(string name) => Folder.Length == 0 ? name : $"{Folder}/{name}";

        public async Task<string> TextAsync(string name, CancellationToken cancellationToken) =>
            Has(name) && await Files.ReadAsync(Path(name), cancellationToken) is { } file ? Encoding.UTF8.GetString(file.Content.Span) : "";

        public Toolchain Found(string name, string? restore, string? build, string? test, string reason, params string[] reports) =>
            new(name, Folder, restore, build, test, reports, Path(reason));
    }

    static readonly Func<Place, CancellationToken, Task<Toolchain?>>[] Detectors =
        [DotnetAsync, NodeAsync, PythonAsync, GoAsync, CargoAsync, MavenAsync, GradleAsync, CMakeAsync, MakeAsync, ShellAsync];

    static Task<Toolchain?> DotnetAsync(Place here, CancellationToken cancellationToken)
    {
        if (here.First(".sln", ".slnx", ".csproj", ".fsproj", ".vbproj") is not { } project)
            return Task.FromResult<Toolchain?>(null);
        var target = Quote(project);
        return Task.FromResult<Toolchain?>(here.Found(
            "dotnet", $"dotnet restore {target}", $"dotnet build {target} --no-restore --nologo",
            $"dotnet test {target} --no-build --nologo --logger trx --results-directory TestResults", project, "TestResults/*.trx"));
    }

    static async Task<Toolchain?> NodeAsync(Place here, CancellationToken cancellationToken)
    {
        if (!here.Has("package.json") || Parse(await here.TextAsync("package.json", cancellationToken)) is not { } package)
            return null;
        var scripts = package.TryGetProperty("scripts", out var all) && all.ValueKind == JsonValueKind.Object ? all : default;
        bool Has(string script) => scripts.ValueKind == JsonValueKind.Object && scripts.TryGetProperty(script, out var line)
            // What `npm init` writes is no test.
            && line.ValueKind == JsonValueKind.String && !line.GetString()!.Contains("no test specified", StringComparison.Ordinal);
        var tool = here.Has("pnpm-lock.yaml") ? "pnpm" : here.Has("yarn.lock") ? "yarn"
            : here.Has("bun.lock") || here.Has("bun.lockb") ? "bun" : "npm";
        var needsPackages = package.TryGetProperty("dependencies", out _) || package.TryGetProperty("devDependencies", out _);
        var restore = (tool, here.Has("package-lock.json")) switch
        {
            _ when !needsPackages => null,
            ("npm", true) => "npm ci --ignore-scripts --no-audit --no-fund",
            ("npm", false) => "npm install --ignore-scripts --no-audit --no-fund",
            _ => $"{tool} install --frozen-lockfile --ignore-scripts",
        };
        var hasTests = here.Paths.Any(path => path.EndsWith(".test.js", StringComparison.Ordinal) || path.EndsWith(".test.mjs", StringComparison.Ordinal));
        var test = Has("test") ? tool == "bun" ? "bun run test" : $"{tool} test" : hasTests ? "node --test" : null;
        return here.Found(tool, restore, Has("build") ? $"{tool} run build" : null, test, "package.json");
    }

    static JsonElement? Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null; // A package.json that npm could not read either.
        }
    }

    static async Task<Toolchain?> PythonAsync(Place here, CancellationToken cancellationToken)
    {
        string[] marks = ["pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "setup.py", "requirements.txt", "conftest.py"];
        if (marks.FirstOrDefault(here.Has) is not { } mark)
            return null;
        var inside = here.Folder.Length == 0 ? here.Paths : [.. here.Paths.Where(path => path.StartsWith(here.Folder + "/", StringComparison.Ordinal))];
        var tests = inside.Where(path => PythonTest().IsMatch(path)).ToList();
        var mentions = string.Concat(
            await here.TextAsync("pyproject.toml", cancellationToken), await here.TextAsync("requirements.txt", cancellationToken),
            await here.TextAsync("setup.cfg", cancellationToken), await here.TextAsync("tox.ini", cancellationToken));
        var pytest = here.Has("pytest.ini") || here.Has("conftest.py") || mentions.Contains("pytest", StringComparison.Ordinal);
        if (!pytest && tests.Count > 0)
            pytest = !(await TextsAsync(here.Files, tests, cancellationToken)).Contains("import unittest", StringComparison.Ordinal);
        var restore = here.Has("requirements.txt") ? "python3 -m pip install --quiet -r requirements.txt"
            : here.Has("setup.py") || mentions.Contains("[build-system]", StringComparison.Ordinal) ? "python3 -m pip install --quiet -e ." : null;
        var test = tests.Count == 0 && !pytest ? null : pytest ? "python3 -m pytest -q -rA --junitxml=.test-report.xml" : "python3 -m unittest discover -v";
        return here.Found("python", restore, null, test, mark, pytest ? [".test-report.xml"] : []);
    }

    static async Task<string> TextsAsync(IFileTree files, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var path in paths.Take(20))
            if (await files.ReadAsync(path, cancellationToken) is { } file)
                text.Append(Encoding.UTF8.GetString(file.Content.Span));
        return text.ToString();
    }

    static Task<Toolchain?> GoAsync(Place here, CancellationToken cancellationToken) => Task.FromResult<Toolchain?>(
        here.Has("go.mod") ? here.Found("go", "go mod download", "go build ./...", "go test -json ./...", "go.mod") : null);

    static Task<Toolchain?> CargoAsync(Place here, CancellationToken cancellationToken) => Task.FromResult<Toolchain?>(
        here.Has("Cargo.toml")
            ? here.Found("cargo", "cargo fetch", "cargo build --offline --all-targets", "cargo test --offline --no-fail-fast", "Cargo.toml")
            : null);

    static Task<Toolchain?> MavenAsync(Place here, CancellationToken cancellationToken)
    {
        var maven = here.Has("mvnw") ? "sh ./mvnw" : "mvn";
        return Task.FromResult<Toolchain?>(!here.Has("pom.xml") ? null : here.Found(
            "maven", $"{maven} -B -q dependency:go-offline", $"{maven} -B -o -DskipTests package", $"{maven} -B -o test", "pom.xml",
            "target/surefire-reports/*.xml", "*/target/surefire-reports/*.xml"));
    }

    static Task<Toolchain?> GradleAsync(Place here, CancellationToken cancellationToken)
    {
        var gradle = here.Has("gradlew") ? "sh ./gradlew" : "gradle";
        return Task.FromResult<Toolchain?>(here.First("build.gradle", "build.gradle.kts") is not { } file ? null : here.Found(
            "gradle", null, $"{gradle} --no-daemon assemble", $"{gradle} --no-daemon test", file,
            "build/test-results/test/*.xml", "*/build/test-results/test/*.xml"));
    }

    static Task<Toolchain?> CMakeAsync(Place here, CancellationToken cancellationToken) => Task.FromResult<Toolchain?>(
        here.Has("CMakeLists.txt")
            ? here.Found(
                "cmake", null, "cmake -S . -B build && cmake --build build", "ctest --test-dir build --output-on-failure --output-junit ctest.xml",
                "CMakeLists.txt", "build/ctest.xml")
            : null);

    static async Task<Toolchain?> MakeAsync(Place here, CancellationToken cancellationToken)
    {
        if (here.Names.FirstOrDefault(name => name is "Makefile" or "makefile" or "GNUmakefile") is not { } file)
            return null;
        var targets = MakeTarget().Matches(await here.TextAsync(file, cancellationToken)).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var test = targets.Contains("test") ? "make test" : targets.Contains("check") ? "make check" : null;
        return here.Found("make", null, targets.Contains("build") ? "make build" : targets.Contains("all") ? "make all" : null, test, file);
    }

    static Task<Toolchain?> ShellAsync(Place here, CancellationToken cancellationToken) => Task.FromResult<Toolchain?>(
        here.Names.FirstOrDefault(name => name is "test.sh" or "run-tests.sh" or "run_tests.sh") is { } script
            ? here.Found("shell", null, here.Has("build.sh") ? "sh ./build.sh" : null, $"sh ./{script}", script)
            : null);

    static string Quote(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    [GeneratedRegex(@"(^|/)(test_[^/]*|[^/]*_test)\.py$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex PythonTest();

    [GeneratedRegex(@"^([A-Za-z0-9_.-]+)\s*:(?!=)", RegexOptions.Multiline, TextLimits.MatchMilliseconds)]
    private static partial Regex MakeTarget();
}
