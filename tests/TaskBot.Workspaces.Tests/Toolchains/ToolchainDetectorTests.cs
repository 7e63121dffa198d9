using System.Text;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Toolchains;
using TaskBot.Workspaces.Toolchains.Reports;

namespace TaskBot.Workspaces.Tests.Toolchains;

public sealed class ToolchainDetectorTests
{
    static readonly CancellationToken None = CancellationToken.None;

    /// <summary>Files in memory, each <c>path=content</c>.</summary>
    sealed class Files(params string[] files) : IFileTree
    {
        public ValueTask<bool> IsFolderAsync(string path, CancellationToken cancellationToken) =>
            ValueTask.FromResult(files.Any(file => file.StartsWith(path + "/", StringComparison.Ordinal)));

        readonly Dictionary<string, string> all = files.Select(file => file.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair.Length > 1 ? pair[1] : "");

        public ValueTask<FileEntry?> ReadAsync(string path, CancellationToken cancellationToken) =>
            new(all.TryGetValue(path, out var text) ? new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(text)) : null);

        public ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => new([.. all.Keys.Order(StringComparer.Ordinal)]);

        public IEnumerable<KeyValuePair<string, string>> All => all;
    }

    static async Task<Toolchain?> FirstAsync(params string[] files) =>
        await ToolchainDetector.DetectAsync(new Files(files), own: null, None) is [var first, ..] ? first : null;

    [Theory]
    [InlineData("dotnet", "dotnet test 'App.sln' --no-build --nologo --logger trx --results-directory TestResults", "App.sln", "src/App.csproj")]
    [InlineData("npm", "npm test", "package.json={\"scripts\":{\"test\":\"node --test\"}}")]
    [InlineData("npm", "node --test", "package.json={\"scripts\":{\"test\":\"echo \\\"Error: no test specified\\\" && exit 1\"}}", "a.test.js")]
    [InlineData("pnpm", "pnpm test", "package.json={\"scripts\":{\"test\":\"vitest run\"},\"devDependencies\":{}}", "pnpm-lock.yaml")]
    [InlineData("python", "python3 -m pytest -q -rA --junitxml=.test-report.xml", "pyproject.toml=[tool.pytest.ini_options]", "tests/test_a.py")]
    [InlineData("python", "python3 -m unittest discover -v", "setup.py", "test_a.py=import unittest")]
    [InlineData("go", "go test -json ./...", "go.mod", "Makefile=test:\n\tgo test ./...")]
    [InlineData("cargo", "cargo test --offline --no-fail-fast", "Cargo.toml")]
    [InlineData("maven", "mvn -B -o test", "pom.xml")]
    [InlineData("gradle", "sh ./gradlew --no-daemon test", "build.gradle.kts", "gradlew")]
    [InlineData("cmake", "ctest --test-dir build --output-on-failure --output-junit ctest.xml", "CMakeLists.txt")]
    [InlineData("make", "make check", "Makefile=X := 1\nall: a\ncheck: all\n\t./check")]
    [InlineData("shell", "sh ./test.sh", "test.sh", "README.md")]
    public async Task Knows_a_project_by_its_files(string name, string test, params string[] files)
    {
        var toolchain = await FirstAsync(files);
        (toolchain!.Name, toolchain.Test, toolchain.Folder).ShouldBe((name, test, ""));
    }

    [Fact]
    public async Task A_script_runs_where_a_tool_has_no_tests() =>
        (await ToolchainDetector.DetectAsync(new Files("package.json={}", "test.sh"), null, None)).Select(found => found.Test).ShouldBe([null, "sh ./test.sh"]);

    [Fact]
    public async Task The_projects_own_commands_win_each_for_itself()
    {
        var files = new Files("App.sln");
        var first = (await ToolchainDetector.DetectAsync(files, new ProjectCommands(null, null, "make it-so"), None))[0];
        (first.Name, first.Build, first.Test).ShouldBe(("project", "dotnet build 'App.sln' --no-restore --nologo", "make it-so"));
        first.Reports.ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_tools_in_two_folders_are_two_and_fixtures_are_none()
    {
        var found = await ToolchainDetector.DetectAsync(
            new Files("api/go.mod", "web/package.json={}", "web/node_modules/x/package.json={}", "tests/fixtures/go.mod", "a/b/c/Cargo.toml"), null, None);
        found.Select(toolchain => (toolchain.Name, toolchain.Folder)).ShouldBe([("go", "api"), ("npm", "web")]);
        (await FirstAsync("README.md")).ShouldBeNull();
        (await FirstAsync("package.json={broken")).ShouldBeNull();
    }

    /// <summary>The detected line, run for real on a project that fails, ends in a report that names the failure.</summary>
    [Theory]
    [InlineData("math > subtracts", "package.json={\"scripts\":{\"test\":\"node --test\"}}", "a.test.js=const {describe,it}=require('node:test');describe('math',()=>{it('adds',()=>{});it('subtracts',()=>{throw new Error('bad')})})")]
    [InlineData("test_a.Math.test_sub", "setup.py=", "test_a.py=import unittest\nclass Math(unittest.TestCase):\n  def test_add(self): pass\n  def test_sub(self): self.fail('bad')\n")]
    [InlineData("subtracts", "test.sh=echo 1..2; echo ok 1 - adds; echo not ok 2 - subtracts; exit 1\n")]
    public async Task A_detected_test_line_gives_a_report(string failure, params string[] files)
    {
        // The system's own programs: those of version managers live in a home, which a sandboxed command does not see.
        using var runner = new CommandRunner(TimeProvider.System, new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" });
        var folder = Directory.CreateTempSubdirectory("taskbot-test-");
        try
        {
            foreach (var (path, content) in new Files(files).All)
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, path), content);
            var toolchain = (await FirstAsync(files))!;
            var result = await runner.RunAsync(CommandRequest.Shell(toolchain.Test!, folder.FullName), None);
            result.Succeeded.ShouldBeFalse(result.Output.ToString());
            var report = TestReportReader.Read(result.Output.ToString(), []);
            report.Failures.Select(test => test.Name).ShouldBe([failure], result.Output.ToString());
            report.Passed.ShouldBe(1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
