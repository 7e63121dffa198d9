using TaskBot.Hosting;

namespace TaskBot.Builds;

/// <summary>Logs warnings to standard error, and sets logging up only when there is one: that takes longer than a small build.</summary>
sealed class Warnings : IDisposable
{
    readonly Lazy<ILoggerFactory> factory = new(() => LoggerFactory.Create(builder => TaskBotHost.LogToError(builder, LogLevel.Warning)));

    public ILogger<T> For<T>() => new LateLogger<T>(factory);

    public void Dispose()
    {
        if (factory.IsValueCreated) factory.Value.Dispose();
    }

    sealed class LateLogger<T>(Lazy<ILoggerFactory> factory) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) factory.Value.CreateLogger<T>().Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
