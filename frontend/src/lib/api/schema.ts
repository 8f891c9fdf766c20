/**
 * The API's types, made from its OpenAPI document by `make types`: what is changed here by hand is lost.
 * What the page calls them is in types.ts.
 */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description One step of an account: `fields` as the order state told it. balance: after it, in cents. */
        AccountEvent: {
            seq: number;
            kind: string;
            at: number;
            balance: number;
            fields: {
                [key: string]: string;
            };
        };
        /** @description Newest first. */
        AccountEvents: {
            events: components["schemas"]["AccountEvent"][];
        };
        /** @description Newest first, 50 at most. */
        AccountList: {
            accounts: components["schemas"]["AccountRow"][];
        };
        /** @description An account as the order state has it. */
        AccountNow: {
            account: components["schemas"]["AccountRow"];
            balance: components["schemas"]["UsdBalance"];
            seq: number;
            orders: components["schemas"]["Order"][];
        };
        /** @description An account; times in ms since the epoch, balance in cents, null before its first event. */
        AccountRow: {
            userId: string;
            email: string;
            role: string;
            createdAt: number;
            verified: boolean;
            balance: number | null;
            haltedSince: number | null;
        };
        /** @description Newest first; more: there are older ones. */
        ActionList: {
            actions: components["schemas"]["ActionRow"][];
            more: boolean;
        };
        /** @description One action; at in ms since the epoch. outcome: null while it is being done. */
        ActionRow: {
            actionId: string;
            at: number;
            operator: string;
            address: string;
            kind: string;
            subject: string;
            reason: string;
            details: {
                [key: string]: unknown;
            };
            outcome: string | null;
            error: string | null;
        };
        /** @description All of them; at: the server's time in ms since the epoch. */
        ActorList: {
            at: number;
            actors: components["schemas"]["ActorRow"][];
        };
        /**
         * @description One kind of work; pausedSince in ms since the epoch, null while it goes on.
         *
         *     Tries since the workers that live were started: done, failed, away (a server was); messages parked.
         */
        ActorRow: {
            actor: string;
            queue: string;
            mayPause: boolean;
            pausedSince: number | null;
            pausedWhy: string | null;
            done: number;
            failed: number;
            away: number;
            parked: number;
        };
        /** @description Margin to add, in USD. */
        AddMarginBody: {
            /** Format: uuid */
            orderId: string;
            /**
             * @description USD
             * @example 100.5
             * @example 100.50
             */
            additionalMargin: number | string;
        };
        /** @description Whose mailbox. */
        Address: {
            email: string;
        };
        /** @description cents: added to the balance or, below zero, taken from it. */
        AdjustBody: {
            reason: string;
            cents: number;
        };
        /** @description What was closed (raw, oldest first), and what could not be, with the refusal of each. */
        AllClosed: {
            closed: components["schemas"]["ClosedOrder"][];
            failed: components["schemas"]["NotClosed"][];
        };
        /** @description One asset, in cents. net: longs less shorts of traders; pnl: of the house, null without a price. */
        AssetExposure: {
            symbol: string;
            longs: number;
            shorts: number;
            longNotional: number;
            shortNotional: number;
            net: number;
            openInterest: number;
            margin: number;
            pnl: number | null;
        };
        /** @description What new positions in an asset are held to, in cents of notional; null: as the terms say. */
        AssetLimitsView: {
            symbol: string;
            closeOnly: boolean;
            positionMax: number | null;
            exposureMax: number | null;
            leverageMax: number | null;
        };
        /** @description Everything on offer. */
        AssetList: {
            assets: components["schemas"]["AssetView"][];
        };
        /** @description Those of one asset. */
        AssetResults: {
            trades: number;
            won: number;
            lost: number;
            winRateBps: number | null;
            pnl: number;
            fees: number;
            net: number;
            grossProfit: number;
            grossLoss: number;
            profitFactorBps: number | null;
            averageWin: number | null;
            averageLoss: number | null;
            best: number | null;
            worst: number | null;
            averageHoldingMs: number | null;
            asset: string;
        };
        /** @description An asset, its price now in USD (null without a feed), and its terms; money in cents. */
        AssetView: {
            symbol: string;
            name: string;
            buyPrice: number | null;
            sellPrice: number | null;
            decimals: number;
            imageUrl: string;
            time: number | null;
            stale: boolean;
            source: string | null;
            feeBps: number;
            spreadBps: number;
            minMargin: number;
            maxMargin: number;
            leverages: number[];
            stopOutPercent: number;
            staleAfterMs: number;
        };
        /** @description What the authenticator shows. */
        AuthenticatorCode: {
            /** @description The authenticator's six digits, or a recovery code */
            code: string;
        };
        /** @description An account's free money, and the number of its newest order message. */
        BalanceView: {
            userId: string;
            email: string;
            balance: components["schemas"]["UsdBalance"];
            seq: number;
            assets: {
                [key: string]: unknown;
            };
        };
        /** @description All batchers: messages that PostgreSQL isn't known to have, and batches on their way. */
        BatcherNow: {
            lag: number;
            batchesInFlight: number;
        };
        /** @description What an authenticator is told: `uri` as a QR code, or `secret` by hand. */
        Begun: {
            secret: string;
            uri: string;
        };
        /** @description What was traded from `time` (epoch seconds) on; prices in USD, volume a decimal string. */
        Candle: {
            time: number;
            open: number;
            high: number;
            low: number;
            close: number;
            volume: string;
        };
        /** @description Candles, oldest first. */
        Candles: {
            candles: components["schemas"]["Candle"][];
            meta: components["schemas"]["CandlesMeta"];
        };
        /** @description Of what the candles are, and how many. */
        CandlesMeta: {
            symbol: string;
            /** @enum {string} */
            interval: "1m" | "5m" | "15m" | "1h" | "4h" | "1d" | "1w";
            count: number;
        };
        /** @description What an account has afterwards. */
        Changed: {
            message: string;
            balance: components["schemas"]["UsdBalance"];
        };
        /** @description A new address, and what proves the owner. */
        ChangedEmail: {
            email: string;
            /** @default null */
            password?: string | null;
            /** @default null */
            secondFactor?: string | null;
        };
        /** @description A new password; currentPassword: where the account has one, secondFactor: the same. */
        ChangedPassword: {
            /** @default null */
            currentPassword?: string | null;
            password: string;
            /** @default null */
            secondFactor?: string | null;
        };
        /** @description Whose orders to close: one asset's, or all. */
        CloseAllBody: {
            /** @default null */
            asset?: ("BTC" | "ETH" | "SOL") | null;
        };
        /** @description The order to close. */
        CloseBody: {
            /** Format: uuid */
            orderId: string;
        };
        /**
         * @description Why a position ended.
         * @enum {string}
         */
        CloseReason: "manual" | "partial_close" | "take_profit" | "stop_loss" | "trailing_stop" | "liquidation";
        /** @description An ended position; closePrice raw, pnl in USD, fee in cents. */
        Closed: {
            message: string;
            orderId: string;
            closePrice: number;
            pnl: number;
            fee: number;
        };
        /**
         * @description A position as it last was and how it ended: money in cents, prices raw, times in ms since the epoch.
         *
         *     fee: of closing. parentOrderId: the position that this part was closed of. receipt: of an automatic close.
         */
        ClosedOrder: {
            orderId: string;
            userId: string;
            asset: string;
            /** @enum {string} */
            type: "buy" | "sell";
            margin: number;
            initialMargin: number;
            addedMargin: number;
            leverage: number;
            effectiveLeverage: number;
            notional: number;
            openPrice: number;
            openTimestamp: number;
            liquidationPrice: number;
            takeProfit: number | null;
            stopLoss: number | null;
            trailingStopLoss: components["schemas"]["TrailingStopView"] | null;
            closePrice: number;
            closeTimestamp: number;
            pnl: number;
            fee: number;
            closeReason: components["schemas"]["CloseReason"];
            parentOrderId: string | null;
            receipt: components["schemas"]["Receipt"] | null;
        };
        /** @description What signs one up. */
        Credentials: {
            email: string;
            password: string;
        };
        /** @description What a day of UTC (YYYY-MM-DD) brought, in cents. */
        DayResult: {
            day: string;
            trades: number;
            net: number;
        };
        /** @description It is done. */
        Done: {
            message: string;
        };
        /** @description The account's address from now on. */
        EmailChanged: {
            message: string;
            email: string;
        };
        /** @description What was mailed. */
        EmailCode: {
            /** @description The mailed six digits */
            code: string;
        };
        /** @description How many sessions have ended. */
        Ended: {
            message: string;
            ended: number;
        };
        /** @description The realised equity in cents from this time (ms) on. `curve` rises with each deposit or reset. */
        EquityPoint: {
            time: number;
            equity: number;
            curve: number;
        };
        /** @description Events, newest first; nextCursor: for the next page, null on the last one. */
        EventPage: {
            events: components["schemas"]["EventRow"][];
            nextCursor: string | null;
        };
        /** @description Something that concerned the account's safety; `at` in ms since the epoch. */
        EventRow: {
            id: number;
            at: number;
            kind: string;
            address: string;
            userAgent: string;
            details: {
                [key: string]: unknown;
            };
        };
        /** @description The code that was in the URL; secondFactor when the account asks for one. */
        ExchangeBody: {
            code: string;
            /** @default null */
            secondFactor?: string | null;
        };
        /** @description The active poller. lagUs: received to applied; unacknowledged: by Kafka; null where a feed has none. */
        FeedNow: {
            ticks: number;
            lagUs: number;
            queued: number;
            unacknowledged: number;
            gaps: number | null;
            reconnects: number | null;
        };
        /** @description Where to send the browser. */
        GoThere: {
            url: string;
        };
        HTTPError: {
            /** @description A sentence for a person */
            error: string;
            /** @description The same for a program */
            code: string;
            /** @description What of the input was refused */
            details?: {
                field: string;
                message: string;
            }[];
        };
        /** @description Notional in cents that goes when the price moves by up to `percent`, from the band before on. */
        HeatBand: {
            symbol: string;
            /** @enum {string} */
            side: "long" | "short";
            percent: number;
            notional: number;
            positions: number;
        };
        /** @description Closed orders, newest first; nextCursor leads to the older ones, null when there are none. */
        History: {
            orders: components["schemas"]["SettledOrder"][];
            nextCursor: string | null;
        };
        /** @description Oldest first; steps in which nothing happened are left out. */
        HouseProfit: {
            steps: components["schemas"]["ProfitStep"][];
        };
        /**
         * @description A key to make. addresses: where it may be used from, CIDR; expiresAt: ms since the epoch; password:
         *     where the account has one.
         */
        KeyBody: {
            name: string;
            scopes: ("read" | "trade")[];
            addresses?: string[];
            /** @default null */
            expiresAt?: number | null;
            /** @default null */
            password?: string | null;
        };
        /** @description The account's keys, newest first. */
        KeyList: {
            keys: components["schemas"]["KeyRow"][];
        };
        /** @description A new key: its text is in this answer and nowhere else. */
        KeyMade: {
            message: string;
            key: string;
            apiKey: components["schemas"]["KeyRow"];
        };
        /** @description A key, but for its text; times in ms since the epoch. */
        KeyRow: {
            keyId: string;
            name: string;
            hint: string;
            scopes: ("read" | "trade")[];
            addresses: string[];
            createdAt: number;
            expiresAt: number | null;
            usedAt: number | null;
        };
        /** @description An account with much at stake, money in cents. pnl: of the trader. */
        LargeAccountRow: {
            userId: string;
            email: string;
            balance: number;
            notional: number;
            margin: number;
            positions: number;
            pnl: number | null;
        };
        /** @description All limits of an asset, in cents of notional; what is left out is as the terms say. */
        LimitsBody: {
            reason: string;
            /** @default false */
            closeOnly?: boolean;
            /** @default null */
            positionMax?: number | null;
            /** @default null */
            exposureMax?: number | null;
            /** @default null */
            leverageMax?: number | null;
        };
        /** @description Of every asset. */
        LimitsList: {
            limits: components["schemas"]["AssetLimitsView"][];
        };
        /** @description A provider that signs one in; linkedAt in ms since the epoch. */
        LinkView: {
            provider: string;
            label: string;
            email: string;
            linkedAt: number;
        };
        /** @description The margin now; additionalMargin in USD, the rest in cents, newLiquidationPrice raw. */
        MarginAdded: {
            message: string;
            orderId: string;
            additionalMargin: number;
            totalMargin: number;
            initialMargin: number;
            addedMargin: number;
            originalLeverage: number;
            effectiveLeverage: number;
            newLiquidationPrice: number;
            fee: number;
            feePercentage: number;
        };
        /** @description The order as it is now. */
        Modified: {
            message: string;
            order: components["schemas"]["Order"];
        };
        /**
         * @description New triggers in USD; null removes one, one that is left out stays.
         *
         *     A trailing stop that isn't enabled is removed. Asked for with the distance that it has already, it keeps
         *     its best price; with another, it follows from the current price on.
         */
        ModifyBody: {
            /** Format: uuid */
            orderId: string;
            /** @default null */
            takeProfit?: (number | string) | null;
            /** @default null */
            stopLoss?: (number | string) | null;
            /** @default null */
            trailingStopLoss?: components["schemas"]["TrailingStop"] | null;
        };
        /** @description A password, by the code that was mailed. */
        NewPassword: {
            email: string;
            /** @description The mailed six digits */
            code: string;
            password: string;
        };
        /** @description An order that stays open, and why: for a program and for a person. */
        NotClosed: {
            orderId: string;
            code: string;
            error: string;
        };
        /** @description Nothing: an empty object, or no body at all. */
        Nothing: Record<string, never>;
        /** @description A position to open. margin, takeProfit, stopLoss and the trailing stop's distance in USD. */
        OpenBody: {
            /** @enum {string} */
            asset: "BTC" | "ETH" | "SOL";
            /** @enum {string} */
            type: "buy" | "sell";
            /**
             * @description USD
             * @example 100.5
             * @example 100.50
             */
            margin: number | string;
            leverage: number;
            /** @default null */
            takeProfit?: (number | string) | null;
            /** @default null */
            stopLoss?: (number | string) | null;
            /** @default null */
            trailingStopLoss?: components["schemas"]["TrailingStop"] | null;
        };
        /** @description The open positions, oldest first, and the number of the account's newest order message. */
        OpenOrders: {
            orders: components["schemas"]["Order"][];
            seq: number;
        };
        /** @description A new position; fee in cents. */
        Opened: {
            message: string;
            order: components["schemas"]["Order"];
            fee: number;
            feePercentage: number;
        };
        /**
         * @description An open position: money in cents, prices raw (USD x 10,000), openTimestamp in ms since the epoch.
         *
         *     notional: its size at the opening. effectiveLeverage: that over the margin, less than `leverage` once
         *     margin was added.
         */
        Order: {
            orderId: string;
            userId: string;
            asset: string;
            /** @enum {string} */
            type: "buy" | "sell";
            margin: number;
            initialMargin: number;
            addedMargin: number;
            leverage: number;
            effectiveLeverage: number;
            notional: number;
            openPrice: number;
            openTimestamp: number;
            liquidationPrice: number;
            takeProfit: number | null;
            stopLoss: number | null;
            trailingStopLoss: components["schemas"]["TrailingStopView"] | null;
        };
        /** @description The password, where the account has one. */
        Owner: {
            /** @default null */
            password?: string | null;
        };
        /** @description The password, where the account has one, and what the authenticator shows. */
        OwnerWithCode: {
            /** @default null */
            password?: string | null;
            /** @description The authenticator's six digits, or a recovery code */
            code: string;
        };
        /** @description Those that failed last in front. */
        ParkedList: {
            messages: components["schemas"]["ParkedRow"][];
            more: boolean;
        };
        /** @description A message that failed for good; times in ms since the epoch. times: how often the same has failed. */
        ParkedRow: {
            id: number;
            /** @enum {string} */
            state: "parked" | "retried" | "dropped";
            actor: string;
            queue: string;
            subject: string;
            error: string;
            tries: number;
            times: number;
            parkedAt: number;
            newestAt: number;
        };
        /** @description With what it was to do, and where it went wrong. */
        ParkedWhole: {
            id: number;
            /** @enum {string} */
            state: "parked" | "retried" | "dropped";
            actor: string;
            queue: string;
            subject: string;
            error: string;
            tries: number;
            times: number;
            parkedAt: number;
            newestAt: number;
            arguments: {
                [key: string]: unknown;
            };
            traceback: string;
            droppedWhy: string | null;
        };
        /** @description How much of an order to close. */
        PartialCloseBody: {
            /** Format: uuid */
            orderId: string;
            percentage: number;
        };
        /** @description What was closed and what is left; closePrice raw, money in cents. */
        PartlyClosed: {
            message: string;
            orderId: string;
            percentageClosed: number;
            marginClosed: number;
            remainingMargin: number;
            pnl: number;
            closePrice: number;
            fee: number;
            feePercentage: number;
            netReturn: number;
        };
        /**
         * @description What trading has brought, in cents.
         *
         *     feesPaid is what the ledger booked in the period, for positions that are still open too; total.fees is
         *     what the closed orders paid over their lives. The curve is of free money and margin in use, at most 500
         *     points; of a single asset it starts at zero. maxDrawdown is the deepest fall from a peak, maxDrawdownBps
         *     the largest share of a peak that was lost (null of a single asset); each within one curve.
         */
        Performance: {
            total: components["schemas"]["Results"];
            feesPaid: number;
            maxDrawdown: number;
            maxDrawdownBps: number | null;
            streaks: components["schemas"]["Runs"];
            equity: components["schemas"]["EquityPoint"][];
            byAsset: components["schemas"]["AssetResults"][];
            byDay: components["schemas"]["DayResult"][];
        };
        /**
         * @description What an open would do at this moment's price; money in cents.
         *
         *     order: as it would be, without an id. gainPerPercent: what a move of the price by 1 % wins or loses.
         *     pnlAtTakeProfit, pnlAtStopLoss: what reaching the trigger exactly brings, before the closing fee; null
         *     without one.
         */
        Preview: {
            order: components["schemas"]["PreviewedOrder"];
            fee: number;
            feePercentage: number;
            balanceAfter: number;
            notional: number;
            gainPerPercent: number;
            pnlAtTakeProfit: number | null;
            pnlAtStopLoss: number | null;
        };
        /** @description An order as it would be: it has no id. */
        PreviewedOrder: {
            orderId: null;
            userId: string;
            asset: string;
            /** @enum {string} */
            type: "buy" | "sell";
            margin: number;
            initialMargin: number;
            addedMargin: number;
            leverage: number;
            effectiveLeverage: number;
            notional: number;
            openPrice: number;
            openTimestamp: number;
            liquidationPrice: number;
            takeProfit: number | null;
            stopLoss: number | null;
            trailingStopLoss: components["schemas"]["TrailingStopView"] | null;
        };
        /** @description A process that lives; times in ms since the epoch. */
        ProcessRow: {
            process: string;
            instance: string;
            version: string;
            since: number;
            seen: number;
            residentBytes: number;
            cpuSeconds: number;
        };
        /** @description The account, and what guards it. mail: whether this desk sends any; createdAt in ms since the epoch. */
        Profile: {
            userId: string;
            email: string;
            role: components["schemas"]["Role"];
            verified: boolean;
            needsVerification: boolean;
            hasPassword: boolean;
            createdAt: number;
            secondFactor: components["schemas"]["SecondFactorView"];
            providers: components["schemas"]["LinkView"][];
            mail: boolean;
        };
        /** @description What the house has made; totalProfit in USD, lastUpdated ISO 8601. */
        Profit: {
            totalProfit: number;
            profitInCents: number;
            openTrades: number;
            closedTrades: number;
            totalTrades: number;
            lastUpdated: string | null;
        };
        /** @description What the house made from `at` (ms since the epoch) on, in cents by source; losses are below zero. */
        ProfitStep: {
            at: number;
            fees: number;
            trading: number;
            shortfall: number;
        };
        /** @description A mailbox, and the code that was mailed to it. */
        ProvenAddress: {
            email: string;
            /** @description The mailed six digits */
            code: string;
        };
        /** @description A provider that signs people in here. */
        ProviderView: {
            name: string;
            label: string;
        };
        /** @description Every queue. */
        QueueList: {
            queues: components["schemas"]["QueueRow"][];
        };
        /** @description One queue: messages that are ready, delayed, in workers' hands, parked; times in ms since the epoch. */
        QueueRow: {
            queue: string;
            ready: number;
            delayed: number;
            inWork: number;
            parked: number;
            dead: number;
            oldestReadyAt: number | null;
        };
        /** @description What changes something says why: it is kept with who did it. */
        Reasoned: {
            reason: string;
        };
        /**
         * @description The exchange's trade that fired an automatic close, the quote it made, and the trigger it touched.
         *
         *     Prices raw, time in ms since the epoch, the exchange's.
         */
        Receipt: {
            tradeId: number;
            price: number;
            bid: number;
            ask: number;
            time: number;
            trigger: number;
        };
        /** @description Each stands in for the authenticator once. They are shown now, and never again. */
        RecoveryCodes: {
            recoveryCodes: string[];
        };
        /** @description All relays: clients, those that were closed by it, and times that one did not take what was written. */
        RelayNow: {
            clients: number;
            closed: number;
            slow: number;
        };
        /** @description The balance now, and what was closed for it (raw, oldest first). */
        Reset: {
            message: string;
            balance: components["schemas"]["UsdBalance"];
            closed: components["schemas"]["ClosedOrder"][];
        };
        /** @description Nothing: an empty object, or no body at all. */
        ResetBody: Record<string, never>;
        /**
         * @description Some closed orders together, in cents. A result is the PnL of an order less all its fees.
         *
         *     won and lost count results above and below zero; net is their sum, grossProfit - grossLoss.
         *     profitFactorBps is grossProfit / grossLoss x 10,000, null where nothing was lost. Shares and averages are
         *     cut off, not rounded, and null where there is nothing to take them of.
         */
        Results: {
            trades: number;
            won: number;
            lost: number;
            winRateBps: number | null;
            pnl: number;
            fees: number;
            net: number;
            grossProfit: number;
            grossLoss: number;
            profitFactorBps: number | null;
            averageWin: number | null;
            averageLoss: number | null;
            best: number | null;
            worst: number | null;
            averageHoldingMs: number | null;
        };
        /** @description How many are in their queues again; more: there are others. */
        Retried: {
            retried: number;
            more: boolean;
        };
        /** @description actor: only its messages. */
        RetryAllBody: {
            reason: string;
            /** @default null */
            actor?: string | null;
        };
        /** @description At the prices of now, from books that follow within a second or so. */
        Risk: {
            assets: components["schemas"]["AssetExposure"][];
            heat: components["schemas"]["HeatBand"][];
            largest: components["schemas"]["LargeAccountRow"][];
        };
        /**
         * @description What an account may do.
         * @enum {string}
         */
        Role: "trader" | "operator";
        /** @description Results of the same sign in a row. current: of the newest ones, negative where they lost. */
        Runs: {
            longestWon: number;
            longestLost: number;
            current: number;
        };
        /** @description Whether an authenticator is asked for, and how many codes stand in for it. */
        SecondFactorView: {
            enabled: boolean;
            recoveryCodesLeft: number;
        };
        /** @description A server. version: null when it doesn't answer; error says why. */
        ServerRow: {
            name: string;
            version: string | null;
            error: string | null;
        };
        /** @description The sessions that go on, the one last used first. */
        SessionList: {
            sessions: components["schemas"]["SessionRow"][];
        };
        /** @description A signed-in browser or program; times in ms since the epoch. */
        SessionRow: {
            sessionId: string;
            current: boolean;
            way: string;
            address: string;
            userAgent: string;
            createdAt: number;
            usedAt: number;
        };
        /** @description Who one is now. The refresh token is in a cookie. */
        SessionView: {
            message: string;
            userId: string;
            email: string;
            token: string;
            needsVerification: boolean;
        };
        /**
         * @description A closed order as the history has it, in cents.
         *
         *     openingFee: with those of added margin. netPnl: pnl less every fee. shortfall: what the margin didn't
         *     cover of the loss; the house bore it.
         */
        SettledOrder: {
            orderId: string;
            userId: string;
            asset: string;
            /** @enum {string} */
            type: "buy" | "sell";
            margin: number;
            initialMargin: number;
            addedMargin: number;
            leverage: number;
            effectiveLeverage: number;
            notional: number;
            openPrice: number;
            openTimestamp: number;
            liquidationPrice: number;
            takeProfit: number | null;
            stopLoss: number | null;
            trailingStopLoss: components["schemas"]["TrailingStopView"] | null;
            closePrice: number;
            closeTimestamp: number;
            pnl: number;
            fee: number;
            closeReason: components["schemas"]["CloseReason"];
            parentOrderId: string | null;
            receipt: components["schemas"]["Receipt"] | null;
            openingFee: number;
            netPnl: number;
            shortfall: number;
        };
        /** @description Seconds from the newest event that PostgreSQL has to the newest there is. */
        ShardLag: {
            shard: number;
            seconds: number;
        };
        /** @description What signs one in; secondFactor: where the account has one. */
        SignIn: {
            email: string;
            password: string;
            /** @default null */
            secondFactor?: string | null;
        };
        /** @description A new account. Where mail is configured nobody is signed in yet: userId and token are null. */
        SignedUp: {
            message: string;
            userId: string | null;
            email: string;
            token: string | null;
            needsVerification: boolean;
        };
        /** @description Accounts that changed since their snapshot, for how long the first of them, and all snapshots' size. */
        SnapshotsBehind: {
            accounts: number;
            seconds: number;
            keptBytes: number;
        };
        /** @description What is offered: the two that everybody knows, and all. */
        Status: {
            google: boolean;
            github: boolean;
            providers: components["schemas"]["ProviderView"][];
        };
        /** @description What could not be read is null, and `unread` says why. missing: processes of which none lives. */
        System: {
            at: number;
            processes: components["schemas"]["ProcessRow"][];
            missing: string[];
            servers: components["schemas"]["ServerRow"][];
            journal: components["schemas"]["ShardLag"][] | null;
            snapshots: components["schemas"]["SnapshotsBehind"] | null;
            batcher: components["schemas"]["BatcherNow"] | null;
            feed: components["schemas"]["FeedNow"] | null;
            relay: components["schemas"]["RelayNow"] | null;
            unread: {
                [key: string]: string;
            };
        };
        /**
         * @description A stop that follows the best closing price since it was set at a distance, in USD, one way only.
         *
         *     The closing price is the bid of a buy, the ask of a sell. Not enabled is the same as none.
         */
        TrailingStop: {
            enabled: boolean;
            /** @default null */
            trailingDistance?: (number | string) | null;
        };
        /** @description A stop that follows the best price at a distance, raw: the highest for a buy, the lowest for a sell. */
        TrailingStopView: {
            enabled: boolean;
            trailingDistance: number;
            highestPrice: number | null;
            lowestPrice: number | null;
            stopPrice: number | null;
        };
        /** @description The second factor is asked for from now on. */
        TurnedOn: {
            recoveryCodes: string[];
            message: string;
        };
        /** @description The account's password, where it has one. */
        UnlinkBody: {
            /** @default null */
            password?: string | null;
        };
        /** @description Money both ways. */
        UsdBalance: {
            usd: number;
            cents: number;
        };
        ValidationError: {
            /** @description A sentence for a person */
            error: string;
            /** @description The same for a program */
            code: string;
            /** @description What of the input was refused */
            details?: {
                field: string;
                message: string;
            }[];
        };
        /** @description Those in front first, 100 at most. */
        WaitingList: {
            messages: components["schemas"]["WaitingRow"][];
        };
        /** @description A message in a queue; times in ms since the epoch. failures: tries that failed. */
        WaitingRow: {
            messageId: string;
            actor: string;
            arguments: {
                [key: string]: unknown;
            };
            madeAt: number;
            dueAt: number | null;
            failures: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
