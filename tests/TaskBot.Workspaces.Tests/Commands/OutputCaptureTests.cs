using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Workspaces.Commands;

namespace TaskBot.Workspaces.Tests.Commands;

public sealed class OutputCaptureTests
{
    [Fact]
    public void Head_omission_and_tail_add_up_to_what_was_written()
    {
        var cases =
            from head in Gen.Choose(0, 20)
            from tail in Gen.Choose(0, 20)
            from pieces in Gen.ArrayOf(Gen.ArrayOf(Gen.Elements("a", "b", "ö", "€", "😀", "\n")))
            select (head, tail, pieces.Select(piece => string.Concat(piece)).ToArray());
        Prop.ForAll(Arb.From(cases), given =>
        {
            var (head, tail, pieces) = given;
            var capture = new OutputCapture(head, tail);
            // Written in pieces of three bytes, so that characters are cut.
            var all = Encoding.UTF8.GetBytes(string.Concat(pieces));
            foreach (var piece in all.Chunk(3))
                capture.Add(piece);
            var kept = capture.ToOutput();
            kept.TotalBytes.ShouldBe(all.Length);
            (Encoding.UTF8.GetByteCount(kept.Head) + kept.OmittedBytes + Encoding.UTF8.GetByteCount(kept.Tail)).ShouldBe(all.Length);
            Encoding.UTF8.GetString(all).ShouldStartWith(kept.Head);
            Encoding.UTF8.GetString(all).ShouldEndWith(kept.Tail);
            kept.OmittedBytes.ShouldBeLessThanOrEqualTo(Math.Max(0, all.Length - head - tail) + 6);
        }).QuickCheckThrowOnFailure();
    }
}
