namespace TaskBot.Engine.Scheduling;

/// <summary>
/// Who starts first: the smaller one. Everything that makes a node more urgent is a moment from which it counts as waiting, so that waiting
/// longer is being more urgent, ranks never change while time passes, and nothing starves: what becomes ready later stands behind in the end.
/// </summary>
/// <param name="IsSpeculative">Comes after everything that is needed.</param>
/// <param name="Since">In ticks since the run started: when it became ready, less its priority and the longest way from it to the end.</param>
/// <param name="Order">Among equals, who was ready first.</param>
readonly record struct Rank(bool IsSpeculative, long Since, int Order)
{
    public static readonly IComparer<Rank> UrgentFirst = Comparer<Rank>.Create(static (left, right) =>
        left.IsSpeculative != right.IsSpeculative ? (left.IsSpeculative ? 1 : -1)
        : left.Since != right.Since ? left.Since.CompareTo(right.Since)
        : left.Order.CompareTo(right.Order));
}
