using System.Diagnostics.Metrics;

namespace TaskBot.Bot.Tests.Runs;

/// <summary>What the bot counts in one test, whatever other tests count at the same time.</summary>
static class Meters
{
    static readonly AsyncLocal<List<string>?> Here = new();

    /// <param name="counted">Gets the instrument's name for each one that is counted in what the caller does from here on.</param>
    /// <returns>Ends the counting.</returns>
    public static IDisposable Count(List<string> counted)
    {
        Here.Value = counted;
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "TaskBot.Bot") listener.EnableMeasurementEvents(instrument, instrument.Name);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, name) =>
        {
            if (Here.Value == counted) lock (counted) counted.AddRange(Enumerable.Repeat((string)name!, (int)value));
        });
        listener.Start();
        return listener;
    }
}
