using System.Collections.Immutable;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>What a parser found: edits in the reply's order, and blocks that it could not read. One problem refuses the whole reply.</summary>
internal sealed record ParsedReply(EditFormat Format, ImmutableArray<FileEdit> Edits, ImmutableArray<EditReport> Problems)
{
    public static EditReport Problem(int block, int replyLine, RefusalReason reason, string message, string? path = null) => new()
    {
        Block = block,
        ReplyLine = replyLine,
        Status = EditStatus.Refused,
        Reason = reason,
        Path = path,
        Message = message,
    };
}
