using TaskBot.Engine.Outbox;
using TaskBot.Engine.Scheduling;

namespace TaskBot.Engine.Runs;

/// <summary>What a run shares with other runs: slots and resources, the outbox of effects, and how long nodes took before.</summary>
sealed record RunSupplies(ResourcePool Pool, EffectOutbox Outbox, DurationEstimates Estimates);
