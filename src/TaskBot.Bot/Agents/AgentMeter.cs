using System.Globalization;
using Microsoft.Extensions.AI;

namespace TaskBot.Bot.Agents;

/// <summary>What one step of an agent used.</summary>
/// <param name="CostUsd">By its own count, in US dollars; null where it knows no price.</param>
/// <param name="IsLast">Whether it ends with this step.</param>
public sealed record AgentUse(decimal? CostUsd, UsageDetails Usage, bool IsLast);

/// <summary>
/// Reads what an agent used while it works, and says when it has to stop: when another step as dear as the dearest so far would pass what is reserved, or when a
/// step has no price. What it prints of a step comes after the step, so the dearest one is what has to fit beside it.
/// </summary>
/// <param name="agent">The agent; one that is held by <see cref="SpendingHold.Meter"/>.</param>
/// <param name="limitUsd">What is reserved, in US dollars.</param>
/// <param name="price">What tokens cost where the agent does not say; null where that is not known either.</param>
/// <param name="stop">Is called once, from whoever tells of output.</param>
sealed class AgentMeter(CliAgent agent, decimal limitUsd, Func<UsageDetails, decimal?> price, Action stop)
{
    string line = "";
    decimal dearest;

    /// <summary>What its steps cost so far, in US dollars.</summary>
    public decimal SpentUsd { get; private set; }

    /// <summary>The tokens of its steps so far.</summary>
    public UsageDetails Usage { get; } = new();

    /// <summary>Why it was stopped; null where it was not.</summary>
    public string? Stopped { get; private set; }

    /// <summary>A piece of its standard output, as it came.</summary>
    public void Hear(string text)
    {
        var lines = (line + text).Split('\n');
        line = lines[^1];
        foreach (var said in lines[..^1])
            foreach (var json in AgentOutput.Lines(said))
                if (Stopped is null && agent.ReadUse(json) is { } use) Count(use);
    }

    void Count(AgentUse use)
    {
        Usage.Add(use.Usage);
        // What ends by itself is settled at what it says.
        if (use.IsLast) return;
        if ((use.CostUsd ?? price(use.Usage)) is not { } cost) End("it uses a model whose price is not known");
        else
        {
            SpentUsd += cost;
            dearest = Math.Max(dearest, cost);
            if (SpentUsd + dearest > limitUsd) End(string.Create(CultureInfo.InvariantCulture, $"it spent ${SpentUsd:0.####} of ${limitUsd:0.####}, and its next step may cost ${dearest:0.####}"));
        }
    }

    void End(string why)
    {
        Stopped = why;
        stop();
    }
}
