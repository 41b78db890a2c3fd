-- Second wall: what is written about money is neither changed nor removed, and no permit comes back to life.

-- only: sqlite
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER facts_no_update BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, 'facts is append-only'); END;
CREATE TRIGGER facts_no_delete BEFORE DELETE ON facts BEGIN SELECT RAISE(ABORT, 'facts is append-only'); END;
CREATE TRIGGER intents_no_delete BEFORE DELETE ON intents BEGIN SELECT RAISE(ABORT, 'intents is never deleted'); END;
CREATE TRIGGER attempts_no_delete BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts is never deleted'); END;
CREATE TRIGGER permits_no_delete BEFORE DELETE ON permits BEGIN SELECT RAISE(ABORT, 'permits is never deleted'); END;
CREATE TRIGGER refunds_no_delete BEFORE DELETE ON refunds BEGIN SELECT RAISE(ABORT, 'refunds is never deleted'); END;
CREATE TRIGGER calls_no_delete BEFORE DELETE ON calls BEGIN SELECT RAISE(ABORT, 'calls is never deleted'); END;
CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'outbox is never deleted'); END;
CREATE TRIGGER permits_no_revival BEFORE UPDATE OF status ON permits
    WHEN (OLD.status = 'dead' AND NEW.status NOT IN ('dead', 'paid'))
        OR (OLD.status = 'paid' AND NEW.status <> 'paid')
        OR (OLD.status = 'sent' AND NEW.status = 'open')
    BEGIN SELECT RAISE(ABORT, 'permits does not go back'); END;
CREATE TRIGGER permits_sent_as_made BEFORE UPDATE OF merchant_ref, amount_minor, currency, account_id, intent_id, attempt_id ON permits
    BEGIN SELECT RAISE(ABORT, 'permits is sent as it was made'); END;
CREATE TRIGGER calls_open_once BEFORE UPDATE OF outcome ON calls
    WHEN OLD.outcome <> 'open' AND NEW.outcome = 'open'
    BEGIN SELECT RAISE(ABORT, 'calls does not reopen'); END;
-- end

-- only: postgres
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% %', TG_TABLE_NAME, TG_ARGV[0]; END $$;
CREATE TRIGGER journal_no_change BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION refuse_change('is append-only');
CREATE TRIGGER facts_no_change BEFORE UPDATE OR DELETE ON facts FOR EACH ROW EXECUTE FUNCTION refuse_change('is append-only');
CREATE TRIGGER intents_no_delete BEFORE DELETE ON intents FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER attempts_no_delete BEFORE DELETE ON attempts FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER permits_no_delete BEFORE DELETE ON permits FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER refunds_no_delete BEFORE DELETE ON refunds FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER calls_no_delete BEFORE DELETE ON calls FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER permits_no_revival BEFORE UPDATE OF status ON permits FOR EACH ROW
    WHEN ((OLD.status = 'dead' AND NEW.status NOT IN ('dead', 'paid'))
        OR (OLD.status = 'paid' AND NEW.status <> 'paid')
        OR (OLD.status = 'sent' AND NEW.status = 'open'))
    EXECUTE FUNCTION refuse_change('does not go back');
CREATE TRIGGER permits_sent_as_made BEFORE UPDATE OF merchant_ref, amount_minor, currency, account_id, intent_id, attempt_id ON permits
    FOR EACH ROW EXECUTE FUNCTION refuse_change('is sent as it was made');
CREATE TRIGGER calls_open_once BEFORE UPDATE OF outcome ON calls FOR EACH ROW
    WHEN (OLD.outcome <> 'open' AND NEW.outcome = 'open')
    EXECUTE FUNCTION refuse_change('does not reopen');
-- end
