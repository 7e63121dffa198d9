using TaskBot.Workspaces.Trees;
using static TaskBot.Workspaces.Tests.Trees.ScratchRepository;

namespace TaskBot.Workspaces.Tests.Trees;

public sealed class GitRemoteTests : IDisposable
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly ScratchRepository scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task A_mirror_follows_its_source_and_forgets_what_is_gone()
    {
        var first = new CommitId(scratch.Commit());
        scratch.Git("branch", "old");
        await using var mirror = await GitRepository.CreateBareAsync(scratch.Beside("mirror.git"), None);
        var remote = new GitRemote(mirror, scratch.Folder);
        await remote.FetchAsync(["+refs/heads/*:refs/heads/*"], blobless: false, None);
        (await mirror.Refs.ListAsync("refs/heads/", None)).ShouldBe([new("refs/heads/main", first), new("refs/heads/old", first)]);
        scratch.Git("branch", "-D", "old");
        var second = new CommitId(scratch.Commit());
        await remote.FetchAsync(["+refs/heads/*:refs/heads/*"], blobless: false, None);
        (await mirror.Refs.ListAsync("refs/heads/", None)).ShouldBe([new("refs/heads/main", second)]);
    }

    [Fact]
    public async Task A_push_is_locked_on_the_expected_head()
    {
        scratch.Write("a.txt", "a\n");
        var first = new CommitId(scratch.Commit());
        var second = new CommitId(scratch.Commit());
        await using var repository = await GitRepository.OpenAsync(scratch.Folder, None);
        await using var target = await GitRepository.CreateBareAsync(scratch.Beside("target.git"), None);
        var remote = new GitRemote(repository, scratch.Beside("target.git"));
        (await remote.PushAsync("refs/heads/b", second, expected: null, None)).ShouldBeOfType<RefUpdate.Done>();
        (await remote.PushAsync("refs/heads/b", first, expected: null, None)).ShouldBeOfType<RefUpdate.Moved>();
        (await remote.PushAsync("refs/heads/b", first, expected: first, None)).ShouldBeOfType<RefUpdate.Moved>();
        (await target.Refs.ResolveAsync("b", None)).ShouldBe(second);
        (await remote.PushAsync("refs/heads/b", first, expected: second, None)).ShouldBeOfType<RefUpdate.Done>();
        (await target.Refs.ResolveAsync("b", None)).ShouldBe(first);
        (await remote.DeleteAsync("refs/heads/b", second, None)).ShouldBeOfType<RefUpdate.Moved>();
        (await remote.DeleteAsync("refs/heads/b", first, None)).ShouldBeOfType<RefUpdate.Done>();
        (await target.Refs.ResolveAsync("b", None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_shallow_clone_can_push_what_was_built_on_it()
    {
        scratch.Write("a.txt", "a\n");
        scratch.Commit();
        scratch.Write("a.txt", "b\n");
        scratch.Commit();
        scratch.Git("clone", "-q", "--depth", "1", "file://" + scratch.Folder, scratch.Beside("shallow"));
        await using var shallow = await GitRepository.OpenAsync(scratch.Beside("shallow"), None);
        var head = (await shallow.Refs.HeadAsync(None))!.Value;
        var tree = await shallow.WriteTreeAsync(await shallow.TreeOfAsync(head, None), [Put("new.txt", "n")], None);
        var nobody = new CommitSignature("n", "n@example.test", DateTimeOffset.UnixEpoch);
        var commit = await shallow.CommitAsync(new CommitDraft(tree, [head], nobody, nobody, "on top"), None);
        (await new GitRemote(shallow, scratch.Folder).PushAsync("refs/heads/top", commit, null, None)).ShouldBeOfType<RefUpdate.Done>();
        scratch.Git("log", "--format=%s", "top").Split('\n').Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_source_that_is_not_there_names_itself()
    {
        await using var repository = await GitRepository.OpenAsync(scratch.Folder, None);
        var e = await Should.ThrowAsync<GitException>(new GitRemote(repository, scratch.Beside("nothing.git")).FetchAsync(["+refs/heads/*:refs/heads/*"], blobless: false, None));
        e.Message.ShouldContain("nothing.git");
    }

    [Fact]
    public void A_program_is_never_a_remote()
    {
        using var folder = new ScratchRepository();
        Should.Throw<ArgumentException>(() => new GitRemote(null!, "ext::sh -c 'touch x'"));
        Should.Throw<ArgumentException>(() => new GitRemote(null!, "--upload-pack=touch x"));
        Should.Throw<ArgumentException>(() => new GitRemote(null!, "https://user:secret@example.test/r.git"));
    }
}
