using TaskBot.Engine.Journal;
using TaskBot.Engine.Results;
using TaskBot.Engine.Scheduling;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Runs;

/// <summary>Where what the nodes of a run leave behind is kept.</summary>
public sealed record BotStores(IResultCache Results, IJournal Journal, IDurationStore Durations, ILedgerStore Ledger);
