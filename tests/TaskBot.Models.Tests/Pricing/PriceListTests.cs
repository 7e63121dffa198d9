using TaskBot.Models.Pricing;

namespace TaskBot.Models.Tests.Pricing;

public sealed class PriceListTests
{
    [Theory]
    [InlineData("gpt-5-mini", true)]
    [InlineData("openai/gpt-5-mini", true)]
    [InlineData("gpt-5-mini-2025-08-07", true)]
    [InlineData("claude-haiku-4-5-20251001", true)]
    [InlineData("gpt-5-pro", false)]
    [InlineData("gpt", false)]
    [InlineData("", false)]
    public void A_name_matches_as_it_is_without_publisher_and_without_date_and_no_other_way(string model, bool known) =>
        (PriceList.Shipped.Find(model) is not null).ShouldBe(known);

    [Fact]
    public void A_configured_price_replaces_the_one_that_ships()
    {
        var prices = PriceList.Shipped.With([KeyValuePair.Create("gpt-5", new ModelPrice(1, 2)), KeyValuePair.Create("mine", ModelPrice.Free)]);
        prices.Find("gpt-5").ShouldBe(new ModelPrice(1, 2));
        prices.Find("mine").ShouldBe(ModelPrice.Free);
        prices.Find("gpt-5-mini").ShouldBe(PriceList.Shipped.Find("gpt-5-mini"));
    }

    [Fact]
    public void Shipped_prices_are_plausible()
    {
        PriceList.Shipped.Prices.ShouldNotBeEmpty();
        foreach (var (model, price) in PriceList.Shipped.Prices)
        {
            price.Input.ShouldBeGreaterThan(0, model);
            // What gives vectors or takes its price by the spoken letter costs nothing for what comes out.
            if (price.Output > 0)
                price.Output.ShouldBeGreaterThanOrEqualTo(price.Input, model);
            (price.CachedInput ?? 0).ShouldBeLessThan(price.Input, model);
        }
    }

    [Theory]
    [InlineData(0, 0, 0, "0")]
    [InlineData(1_000_000, 0, 0, "2")]
    [InlineData(1_000_000, 1_000_000, 0, "0.5")]
    [InlineData(1_000_000, 2_000_000, 0, "0.5")]
    [InlineData(0, 0, 1_000_000, "8")]
    [InlineData(1, 0, 1, "0.00001")]
    public void A_cost_counts_cached_input_at_its_own_price(long input, long cached, long output, string cost) =>
        new ModelPrice(2, 8, 0.5m).CostUsd(input, cached, output).ShouldBe(decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void A_cost_is_rounded_up_to_a_billionth() => new ModelPrice(0.0001m, 0).CostUsd(1, 0, 0).ShouldBe(0.000000001m);

    [Fact]
    public void Tokens_put_into_a_cache_cost_what_that_costs_and_a_ceiling_covers_them()
    {
        var price = new ModelPrice(4, 8, CachedInput: 1, CacheWrite: 5);
        price.CostUsd(100, 20, 10, cacheWriteTokens: 30).ShouldBe((50 * 4m + 20 * 1m + 30 * 5m + 10 * 8m) / 1_000_000);
        price.CeilingUsd(100, 10).ShouldBe((100 * 5m + 10 * 8m) / 1_000_000);
        PriceList.Shipped.Find("claude-sonnet-4-5")!.CacheWrite.ShouldBe(3.75m);
    }
}
