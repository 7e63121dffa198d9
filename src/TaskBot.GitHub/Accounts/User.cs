namespace TaskBot.GitHub.Accounts;

/// <summary>A user, organisation or bot account. Trust <see cref="Id"/>: a login can be renamed and taken by someone else.</summary>
/// <param name="Id">The numeric account id, which never changes.</param>
/// <param name="Login">The name as written after <c>@</c>; a bot's ends in <c>[bot]</c>.</param>
/// <param name="Type">GitHub's text: <c>User</c>, <c>Bot</c>, <c>Organization</c> or newer.</param>
public sealed record User(long Id, string Login, string? Type = null);
