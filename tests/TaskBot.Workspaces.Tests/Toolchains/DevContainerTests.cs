using TaskBot.Workspaces.Tests.Edits;
using TaskBot.Workspaces.Toolchains;

namespace TaskBot.Workspaces.Tests.Toolchains;

public sealed class DevContainerTests
{
    [Fact]
    public async Task Image_user_commands_and_variables_are_read_with_comments_and_trailing_commas()
    {
        var found = await DevContainer.ReadAsync(new MemoryTree((".devcontainer/devcontainer.json", """
            // For everyone who works on this.
            {
              "image": "mcr.example/dotnet:10", "remoteUser": "vscode",
              "containerEnv": { "MODE": "dev", "HOME2": "${containerEnv:HOME}" },
              "onCreateCommand": ["npm", "ci", "it's"],
              "postCreateCommand": { "web": "npm run build", "api": "dotnet restore", },
            }
            """)), default);
        found.ShouldNotBeNull();
        (found.Path, found.Image, found.Dockerfile, found.RemoteUser).ShouldBe((".devcontainer/devcontainer.json", "mcr.example/dotnet:10", null, "vscode"));
        found.PostCreate.ShouldBe(["'npm' 'ci' 'it'\\''s'", "dotnet restore", "npm run build"]);
        found.Environment["HOME2"].ShouldBe("${containerEnv:HOME}");
    }

    [Fact]
    public async Task A_dockerfile_is_named_from_the_root() =>
        (await DevContainer.ReadAsync(new MemoryTree((".devcontainer/devcontainer.json", """{"build": {"dockerfile": "../docker/Dev.Dockerfile"}}""")), default))!
        .Dockerfile.ShouldBe("docker/Dev.Dockerfile");

    [Fact]
    public async Task None_and_a_broken_one_are_none()
    {
        (await DevContainer.ReadAsync(new MemoryTree(("a.txt", "")), default)).ShouldBeNull();
        (await DevContainer.ReadAsync(new MemoryTree((".devcontainer.json", "{broken")), default)).ShouldBeNull();
    }

    [Fact]
    public async Task Its_preparation_is_the_restore_step_where_nothing_else_is_known()
    {
        var tree = new MemoryTree((".devcontainer.json", """{"postCreateCommand": "sh setup"}"""), ("notes.txt", ""));
        (await ToolchainDetector.DetectAsync(tree, null, default)).ShouldHaveSingleItem().Restore.ShouldBe("sh setup");
        tree.Add("go.mod", "module x\n");
        (await ToolchainDetector.DetectAsync(tree, null, default)).ShouldHaveSingleItem().Name.ShouldBe("go");
    }
}
