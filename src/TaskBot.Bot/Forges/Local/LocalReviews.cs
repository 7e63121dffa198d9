using System.Collections.Immutable;
using System.Globalization;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Forges.Local;

/// <summary>
/// Reviews in the local forge: <c>reviews/PULL/</c> has a file for each review, <c>threads/PULL/</c> one for each comment on lines.
/// </summary>
public sealed class LocalReviews(LocalForge forge) : IForgeReviews
{
    /// <summary>Submits a review, as a person would, and gives its number.</summary>
    public async Task<int> AddAsync(
        RepositoryName repository, int pullRequest, string author, string state, string body, IEnumerable<ReviewRemark> remarks, CancellationToken cancellationToken)
    {
        var reviews = Folder(repository, "reviews", pullRequest);
        var review = await forge.WithNextNumberAsync(
            () => LocalForge.Numbers(reviews), number => MarkdownFile.WriteAsync(FileOf(reviews, number), new ReviewFacts { Author = author, State = state }, body, cancellationToken), cancellationToken);
        foreach (var remark in remarks)
        {
            await WriteAsync(
                repository, pullRequest,
                new RemarkFacts { Author = author, Review = review, ReplyTo = (int)remark.Thread, Path = remark.Path, StartLine = remark.StartLine, Line = remark.Line, Commit = remark.Commit },
                remark.Body, cancellationToken);
        }

        return review;
    }

    public async Task<ForgeReview?> FindAsync(RepositoryName repository, int pullRequest, long review, CancellationToken cancellationToken)
    {
        if (await MarkdownFile.ReadAsync<ReviewFacts>(FileOf(Folder(repository, "reviews", pullRequest), review), cancellationToken) is not var (facts, body)) return null;
        var remarks = ImmutableArray.CreateBuilder<ReviewRemark>();
        await foreach (var (number, remark, text) in ReadAsync(repository, pullRequest, cancellationToken))
        {
            if (remark.Review != review) continue;
            remarks.Add(new(number, remark.ReplyTo == 0 ? number : remark.ReplyTo, remark.Path, remark.StartLine, remark.Line, remark.Commit, IsOnNewSide: true, text));
        }

        return new(review, facts.Author, body, remarks.DrainToImmutable());
    }

    public async Task AnswerAsync(
        RepositoryName repository, int pullRequest, ReviewRemark remark, string marker, string body, bool resolve, CancellationToken cancellationToken)
    {
        var isSaid = false;
        await foreach (var (_, facts, text) in ReadAsync(repository, pullRequest, cancellationToken))
            isSaid |= facts.Author == LocalForge.BotLogin && text.Contains(marker, StringComparison.Ordinal);
        if (!isSaid)
            await WriteAsync(repository, pullRequest, new RemarkFacts { Author = LocalForge.BotLogin, ReplyTo = (int)remark.Thread }, $"{marker}\n{body}", cancellationToken);
        if (!resolve) return;
        var first = FileOf(Folder(repository, "threads", pullRequest), remark.Thread);
        if (await MarkdownFile.ReadAsync<RemarkFacts>(first, cancellationToken) is not var (thread, said) || thread.Resolved) return;
        thread.Resolved = true;
        await MarkdownFile.WriteAsync(first, thread, said, cancellationToken);
    }

    public async Task<ImmutableArray<ForgeOpinion>> ListOpinionsAsync(RepositoryName repository, int issue, int pullRequest, CancellationToken cancellationToken)
    {
        var opinions = ImmutableArray.CreateBuilder<ForgeOpinion>();
        var reviews = Folder(repository, "reviews", pullRequest);
        foreach (var number in LocalForge.Numbers(reviews))
        {
            if (await MarkdownFile.ReadAsync<ReviewFacts>(FileOf(reviews, number), cancellationToken) is not var (facts, _)) continue;
            if (facts.State is "approved" or "changes_requested") opinions.Add(new(OpinionKind.Review, facts.Author, facts.State == "approved"));
        }

        await foreach (var (login, content) in forge.ReactionsOfPeopleAsync(repository, issue, pullRequest, cancellationToken))
            if (content is "+1" or "-1") opinions.Add(new(OpinionKind.Reaction, login, content == "+1"));
        return opinions.DrainToImmutable();
    }

    async Task WriteAsync(RepositoryName repository, int pullRequest, RemarkFacts facts, string body, CancellationToken cancellationToken)
    {
        var folder = Folder(repository, "threads", pullRequest);
        await forge.WithNextNumberAsync(() => LocalForge.Numbers(folder), number => MarkdownFile.WriteAsync(FileOf(folder, number), facts, body, cancellationToken), cancellationToken);
    }

    async IAsyncEnumerable<(int Number, RemarkFacts Facts, string Text)> ReadAsync(
        RepositoryName repository, int pullRequest, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Folder(repository, "threads", pullRequest);
        foreach (var number in LocalForge.Numbers(folder))
            if (await MarkdownFile.ReadAsync<RemarkFacts>(FileOf(folder, number), cancellationToken) is var (facts, text))
                yield return (number, facts, text);
    }

    string Folder(RepositoryName repository, string kind, int pullRequest) =>
        Path.Combine(forge.Folder(repository), kind, pullRequest.ToString(CultureInfo.InvariantCulture));

    static string FileOf(string folder, long number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number}.md"));
}
