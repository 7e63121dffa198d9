using System.Text;
using TaskBot.Graphs.Layers;

namespace TaskBot.Graphs.Tests.Layers;

public sealed class ResolverTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("layers-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Write(string path, string text)
    {
        var full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    [Fact]
    public void A_relative_path_is_taken_from_the_layer_that_wrote_it()
    {
        Write("root/tasks/shared/base.yml", "base");
        var resolver = new FileLayerResolver(Path.Combine(folder, "root"));

        resolver.Resolve("./shared/base.yml", "tasks/fix.yml").ShouldBe(new("tasks/shared/base.yml", "base"));
        resolver.Resolve("../tasks/shared/base.yml", "tasks/fix.yml").Identifier.ShouldBe("tasks/shared/base.yml");
    }

    [Fact]
    public void Nothing_outside_the_root_is_read()
    {
        Write("secret.yml", "secret");
        Write("root/tasks/fix.yml", "fix");
        File.CreateSymbolicLink(Path.Combine(folder, "root/link.yml"), Path.Combine(folder, "secret.yml"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "root/up"), folder);
        var resolver = new FileLayerResolver(Path.Combine(folder, "root"));

        foreach (var path in new[] { "../secret.yml", "./../../secret.yml", Path.Combine(folder, "secret.yml"), "link.yml", "up/secret.yml", "up/root/../secret.yml" })
        {
            var resolution = resolver.Resolve(path, "tasks/fix.yml");
            resolution.Text.ShouldBeNull(path);
            resolution.Error.ShouldNotBeNull(path);
        }
    }

    [Fact]
    public void A_missing_file_names_its_neighbour()
    {
        Write("root/fix-bug.yml", "x");
        new FileLayerResolver(Path.Combine(folder, "root")).Resolve("fix-bgu.yml", anchor: null).Error!.Fix.ShouldBe("Did you mean 'fix-bug.yml'?");
    }

    [Fact]
    public void A_locked_layer_comes_from_the_cache_and_must_be_what_was_locked()
    {
        var asset = RemoteAsset.Parse("acme/tasks/lib/fix.yml@v3").ShouldNotBeNull();
        var commit = new string('a', 40);
        Write($"cache/acme/tasks/{commit}/lib/fix.yml", "taskbot: 1");
        var locks = LockFile.Empty.With(asset, new(commit, LockFile.DigestOf(Encoding.UTF8.GetBytes("taskbot: 1"))));
        var resolver = new LockedLayerResolver(locks, Path.Combine(folder, "cache"));

        resolver.Resolve("acme/tasks/lib/fix.yml@v3", anchor: null).Text.ShouldBe("taskbot: 1");
        resolver.Resolve("./fix.yml", "acme/tasks/lib/other.yml@v3").Identifier.ShouldBe("acme/tasks/lib/fix.yml@v3");
        resolver.Resolve("../../../x.yml", "acme/tasks/lib/fix.yml@v3").Error!.Kind.ShouldBe("outside-root");
        resolver.Resolve("acme/tasks/lib/fix.yml@v4", anchor: null).Error!.Kind.ShouldBe("not-locked");
        File.WriteAllText(Path.Combine(folder, $"cache/acme/tasks/{commit}/lib/fix.yml"), "taskbot: 2");
        resolver.Resolve("acme/tasks/lib/fix.yml@v3", anchor: null).Error!.Kind.ShouldBe("wrong-digest");
    }

    [Fact]
    public void A_lock_file_reads_back_what_it_wrote_and_a_moved_ref_is_an_error()
    {
        var asset = RemoteAsset.Parse("acme/tasks/fix.yml@v3").ShouldNotBeNull();
        var entry = new LockEntry(new string('1', 40), LockFile.DigestOf("x"u8));
        var text = LockFile.Empty.With(asset, entry).ToYaml();

        var (locks, problems) = LockFile.Parse(LockFile.Path, text);

        problems.ShouldBeEmpty();
        locks.Find(asset).ShouldBe(entry);
        locks.ToYaml().ShouldBe(text);
        locks.Check(asset, entry, new("a", 1, 1)).ShouldBeNull();
        locks.Check(asset, new(new string('2', 40), LockFile.DigestOf("y"u8)), new("a", 1, 1))!.Kind.ShouldBe("moved-ref");
    }
}
