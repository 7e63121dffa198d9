using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Results;
using TaskBot.Models.Ledger;

namespace TaskBot.Storage.Tests;

public sealed class DatabaseOptionsTests
{
    [Theory]
    [InlineData("taskbot.db", "taskbot.db")]
    [InlineData(" /var/lib/taskbot.db ", "/var/lib/taskbot.db")]
    [InlineData("Data Source=taskbot.db", "taskbot.db")]
    [InlineData("data source = \"a b.db\";", "a b.db")]
    [InlineData("Data Source=:memory:", ":memory:")]
    public void A_path_may_be_given_alone_or_as_a_data_source(string connectionString, string path)
    {
        var options = new DatabaseOptions { ConnectionString = connectionString };

        options.Path.ShouldBe(path);
        new DatabaseOptionsValidator().Validate(name: null, options).Succeeded.ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("Data Source=")]
    [InlineData("Data Source=a.db;Cache=Shared")]
    [InlineData("Host=localhost;Database=taskbot;Username=taskbot;Password=secret")]
    public void Anything_else_is_refused_without_repeating_it(string connectionString)
    {
        var result = new DatabaseOptionsValidator().Validate(name: null, new DatabaseOptions { ConnectionString = connectionString });

        result.Failed.ShouldBeTrue();
        result.FailureMessage.ShouldContain("ConnectionString");
        result.FailureMessage.ShouldNotContain("secret");
    }

    [Fact]
    public void Limits_have_bounds()
    {
        var options = new DatabaseOptions { DeliveryQueueLimit = 0, ResultLimitBytes = 0, BusyTimeout = TimeSpan.FromDays(1) };

        var failures = new DatabaseOptionsValidator().Validate(name: null, options).Failures.ShouldNotBeNull().ToList();

        failures.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_host_gets_every_store_over_one_database()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Database:ConnectionString", ":memory:"), new("Database:DeliveryQueueLimit", "1")])
            .Build();
        await using var provider = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddTaskBotStorage().BuildServiceProvider();

        foreach (var type in (Type[])[typeof(IRunStore), typeof(IOutboxStore), typeof(IJournal), typeof(IResultCache), typeof(ILedgerStore)])
            provider.GetRequiredService(type).ShouldNotBeNull();
        var deliveries = provider.GetRequiredService<IDeliveryStore>();
        var delivery = new Delivery("a", "issues", "{}"u8.ToArray(), TimeProvider.System.GetUtcNow());
        (await deliveries.AddAsync(delivery, default)).ShouldBe(DeliveryAdmission.Accepted);
        (await deliveries.AddAsync(delivery with { Id = "b" }, default)).ShouldBe(DeliveryAdmission.QueueFull);
        provider.GetRequiredService<IOptions<DatabaseOptions>>().Value.DeliveryQueueLimit.ShouldBe(1);
    }
}
